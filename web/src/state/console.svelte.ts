// Whether the operators' page is to be had where this page is: nginx passes it on to nobody, and who may look is not to meet a 404.
import type { Fetch } from "../client/session.ts";
import type { User } from "../wire/shapes.ts";
import { mayLook } from "./roles.ts";

export class ConsoleOffer {
  isThere = $state(false);
  /** For whom it was asked. */
  private of: string | null = null;
  private readonly fetch: Fetch;

  constructor(fetch: Fetch) {
    this.fetch = fetch;
  }

  /** Asks once for each who may look; what cannot be learnt is not offered. */
  async look(user: User | null): Promise<void> {
    const of = user !== null && mayLook(user.role) ? user.id : null;
    if (of === this.of) return;
    this.of = of;
    this.isThere = false;
    if (of === null) return;
    const isThere = await this.fetch("/console", { method: "HEAD", cache: "no-store" }).then(
      ({ status }) => status === 200,
      () => false,
    );
    if (this.of === of) this.isThere = isThere;
  }
}
