// RFC 9457 problem+json, as every failing route answers it.
export interface FieldError {
  /** JSON pointer into the request body, `/email`. */
  pointer: string;
  detail: string;
}

export interface ProblemBody {
  title?: string;
  status?: number;
  detail?: string;
  instance?: string;
  code?: string;
  errors?: FieldError[];
  retryAt?: string;
  generationId?: string;
}

/** The server answered, and the answer was no. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: FieldError[];
  readonly retryAt: string | null;
  readonly generationId: string | null;

  constructor(status: number, body: ProblemBody, retryAt: string | null = null) {
    super(body.detail ?? body.title ?? `The server answered ${status}.`);
    this.name = "Problem";
    this.status = status;
    this.code = body.code ?? `http_${status}`;
    this.errors = Array.isArray(body.errors) ? body.errors : [];
    this.retryAt = body.retryAt ?? retryAt;
    this.generationId = body.generationId ?? null;
  }

  /** What is wrong with one field of the body, or null. */
  field(name: string): string | null {
    return this.errors.find((e) => e.pointer === `/${name}`)?.detail ?? null;
  }
}

/** No answer came: the network, or the server, is away. */
export class Unreachable extends Error {
  constructor(cause: unknown, words = "The server cannot be reached.") {
    super(words, { cause });
    this.name = "Unreachable";
  }
}

/** Whether what was asked for may have been done all the same: no answer came, or one of somebody who does not know. */
export function isUnknown(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Problem && [500, 502, 503, 504].includes(error.status));
}

export async function problemFrom(response: Response, now = Date.now()): Promise<Problem> {
  const body = await response.json().catch(() => ({}));
  const shaped: ProblemBody = body !== null && typeof body === "object" ? body : {};
  return new Problem(response.status, shaped, retryAtFrom(response.headers.get("retry-after"), now));
}

/** `Retry-After` in seconds or as an HTTP date, as RFC 3339. */
export function retryAtFrom(header: string | null, now: number): string | null {
  if (header === null || header.trim() === "") return null;
  const seconds = Number(header);
  const at = Number.isFinite(seconds) ? now + Math.max(0, seconds) * 1000 : Date.parse(header);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** A sentence for people, whatever was thrown. */
export function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
