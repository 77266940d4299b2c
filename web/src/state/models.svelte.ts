// The models that may be asked, and whether they can be asked now.
import type { Api } from "../client/api.ts";
import { within } from "../client/patience.ts";
import type { Model } from "../wire/shapes.ts";

/** What is older is asked for again when somebody looks. */
const FRESH_MS = 10_000;

/** Until then nothing is offered to who writes a first message. No longer than they are fresh: the next look waits for no other. */
const PATIENCE_MS = 10_000;

export class Models {
  items: Model[] = $state.raw([]);
  /** Whether the server has said which there are, or could not. */
  known = $state(false);
  private askedAt = -Infinity;
  private readonly api: Api;

  constructor(api: Api) {
    this.api = api;
  }

  async load(now = Date.now()): Promise<void> {
    this.askedAt = now;
    try {
      this.items = await within(PATIENCE_MS, (signal) => this.api.models(signal));
    } catch (error) {
      this.askedAt = -Infinity;
      throw error;
    } finally {
      this.known = true;
    }
  }

  /** For somebody who looks at them. Nobody has asked for this: when it fails, what was known stays, and is asked for at the next look. */
  async refresh(now = Date.now()): Promise<void> {
    if (now - this.askedAt < FRESH_MS) return;
    await this.load(now).catch(() => undefined);
  }
}
