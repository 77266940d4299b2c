// Who is signed in. The access token lives in this object only: never in storage, never in a URL. The refresh token is an
// HttpOnly cookie this page cannot read; `refresh` trades it for a new pair.
import { Problem, Unreachable, problemFrom } from "../wire/problem.ts";
import type { SessionBody, User } from "../wire/shapes.ts";
import { besides, Tries } from "./renewal.ts";

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

/** Refresh this long before the token ends, or at half of its life when that is shorter. */
const EARLY_MS = 60_000;

export class Session {
  user: User | null = null;
  /** Told whenever somebody else is `user`, or nobody. */
  onChange: (user: User | null) => void = () => {};
  /** Told when the same one has another role or address. */
  onUpdate: (user: User) => void = () => {};
  private token: string | null = null;
  private tokenEnd = 0;
  private readonly tries = new Tries();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private refreshing: Promise<boolean> | null = null;
  private readonly fetch: Fetch;

  constructor(fetch: Fetch) {
    this.fetch = fetch;
  }

  /** The header of an authorised request; empty when signed out. */
  authorization(): Record<string, string> {
    return this.token === null ? {} : { authorization: `Bearer ${this.token}` };
  }

  signIn(email: string, password: string): Promise<void> {
    return this.enter("login", { email, password });
  }

  register(email: string, password: string): Promise<void> {
    return this.enter("register", { email, password });
  }

  /** Signs in with a one-time token from the start banner. */
  welcome(token: string): Promise<void> {
    return this.enter("welcome", { token });
  }

  /** Chooses the password of the account of a link that was mailed, or makes the account, and signs in. */
  redeem(token: string, password: string): Promise<void> {
    return this.enter("links/redeem", { token, password });
  }

  /**
   * A new access token from the cookie: true when there is one, false when nobody is signed in. Rejects with `Unreachable`
   * or a 5xx `Problem` when that cannot be known. Callers at the same time share one request.
   */
  refresh(): Promise<boolean> {
    this.refreshing ??= alone(() => this.trade()).finally(() => (this.refreshing = null));
    return this.refreshing;
  }

  /** Rejects when the server does not say that it is done: its cookie would sign in whoever comes next. */
  async signOut(): Promise<void> {
    const response = await this.post("logout", {});
    if (!response.ok) throw await problemFrom(response);
    this.leave();
  }

  /** Forgets everything, without telling the server. */
  leave(): void {
    clearTimeout(this.timer);
    this.tries.end();
    this.token = null;
    this.setUser(null);
  }

  private async trade(): Promise<boolean> {
    this.tries.begin(Date.now());
    const { token } = this;
    const body = await besides((signal) => this.ask(signal));
    if (body !== null) this.accept(body);
    // Somebody who has signed in meanwhile has another cookie than the one that was refused.
    else if (this.token === token) this.leave();
    return this.token !== null;
  }

  /** Null when nobody is signed in. */
  private async ask(signal: AbortSignal): Promise<SessionBody | null> {
    const response = await this.post("refresh", {}, signal);
    // The body as well: an answer is there when all of it is.
    if (response.ok) return this.read(response);
    if (response.status >= 500 || response.status === 429) throw await problemFrom(response);
    return null;
  }

  private async read(response: Response): Promise<SessionBody> {
    try {
      return (await response.json()) as SessionBody;
    } catch (error) {
      throw new Unreachable(error);
    }
  }

  private async enter(route: string, body: object): Promise<void> {
    const response = await this.post(route, body);
    if (!response.ok) throw await problemFrom(response);
    this.accept((await response.json()) as SessionBody);
  }

  private accept(body: SessionBody): void {
    this.token = body.accessToken;
    this.tries.end();
    const life = body.expiresIn * 1000;
    this.tokenEnd = Date.now() + life;
    this.schedule(Math.max(1000, life - Math.min(EARLY_MS, life / 2)));
    this.setUser(body.user);
  }

  private schedule(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.refresh().catch((error) => {
        if (error instanceof Problem || error instanceof Unreachable) this.schedule(this.tries.wait(Date.now(), this.tokenEnd));
        else throw error;
      });
    }, ms);
  }

  private setUser(user: User | null): void {
    const before = this.user;
    this.user = user;
    if (before?.id !== user?.id) this.onChange(user);
    else if (before && user && (before.role !== user.role || before.email !== user.email)) this.onUpdate(user);
  }

  private async post(route: string, body: object, signal?: AbortSignal): Promise<Response> {
    try {
      return await this.fetch(`/api/auth/${route}`, {
        method: "POST",
        credentials: "same-origin",
        headers: { "content-type": "application/json", ...this.authorization() },
        body: JSON.stringify(body),
        signal,
      });
    } catch (error) {
      throw new Unreachable(error);
    }
  }
}

/** Refresh tokens are used once: two tabs that trade the same cookie at the same time would look like a thief. */
function alone<T>(work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  return locks ? (locks.request("sluice:refresh", work) as Promise<T>) : work();
}
