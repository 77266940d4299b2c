// The models that may be asked, and whether they can be asked now.
import type { Api } from "../client/api.ts";
import type { Model } from "../wire/shapes.ts";

/** What is older is asked for again when somebody looks. */
const FRESH_MS = 10_000;

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
      this.items = await this.api.models();
    } finally {
      this.known = true;
    }
  }

  /** For somebody who looks at them. Nobody has asked for this: when it fails, what was known stays, and is asked for at the next look. */
  async refresh(now = Date.now()): Promise<void> {
    if (now - this.askedAt < FRESH_MS) return;
    await this.load(now).catch(() => (this.askedAt = -Infinity));
  }
}
