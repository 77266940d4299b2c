import { randomUUID } from "node:crypto";
import { longAnswer } from "./answer.mjs";

const GAP_MS = Number(process.env.MOCK_GAP_MS ?? 25);
const QUEUED_MS = Number(process.env.MOCK_QUEUED_MS ?? 400);

/** One answer, written token by token; every event is kept so that viewers can come late. */
export class MockGeneration {
  id = randomUUID();
  status = "queued";
  attempt = 1;
  events = [];
  viewers = new Set();
  seq = 0;
  text = "";
  usage = null;
  error = null;
  retryAt = null;
  startedAt = null;
  finishedAt = null;

  constructor(world, chat, request) {
    Object.assign(this, { world, chat, chatId: chat.id, userId: chat.userId, requestId: request.requestId, prompt: request.userMessage });
    this.model = request.model ?? "sim-default";
  }

  get finished() {
    return this.finishedAt !== null;
  }

  async run() {
    this.tell();
    await this.sleep(QUEUED_MS);
    for (let fails = scripted(this.model, "fail"); fails > 0 && !this.finished; fails--) await this.limited();
    if (this.finished) return;
    if (scripted(this.model, "status") === 400) return this.fail("invalid_request", "The provider refused the request");
    this.status = "streaming";
    this.startedAt = new Date().toISOString();
    this.tell();
    this.emit({ type: "status", status: "streaming", attempt: this.attempt, model: this.model });
    const answer = /^sim-echo(,|$)/.test(this.model) ? this.prompt : longAnswer;
    const gap = this.model === "sim-slow" ? GAP_MS * 5 : GAP_MS;
    for (const token of answer.match(/\s*\S{1,6}|\s+$/g) ?? []) {
      if (this.finished) return;
      this.text += token;
      this.emit({ type: "delta", delta: token });
      await this.sleep(gap);
    }
    if (this.model === "sim-fail") this.fail("overloaded", "The provider is overloaded");
    else this.finish("succeeded");
  }

  cancel() {
    if (!this.finished) this.finish("canceled");
  }

  record() {
    const { id, chatId, userMessageId, messageId = null, status, model, attempt, retryAt, startedAt, finishedAt } = this;
    return { id, chatId, userMessageId, messageId, status, model, attempt, retryAt, startedAt, finishedAt, inputTokens: this.usage?.inputTokens ?? null, outputTokens: this.usage?.outputTokens ?? null, errorCode: this.error?.code ?? null, errorMessage: this.error?.message ?? null };
  }

  view(response, lastSeq) {
    if (this.finished && lastSeq >= this.seq) return response.writeHead(204).end();
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache, no-transform" });
    response.write("retry: 500\n\n");
    for (const event of this.events) if (event.seq > lastSeq) response.write(frame(event));
    if (this.finished) return response.end();
    this.viewers.add(response);
    response.on("close", () => this.viewers.delete(response));
  }

  cut() {
    for (const viewer of this.viewers) viewer.destroy();
  }

  stop() {
    this.finishedAt ??= new Date().toISOString();
    clearTimeout(this.timer);
    this.wake?.();
  }

  async limited() {
    const wait = scripted(this.model, "retry-after") * 1000;
    this.attempt += 1;
    this.retryAt = new Date(Date.now() + wait).toISOString();
    this.emit({ type: "retry", attempt: this.attempt, reason: "rate_limited", retryAt: this.retryAt });
    await this.sleep(wait);
    this.retryAt = null;
  }

  fail(code, message) {
    this.error = { code, message };
    this.emit({ type: "error", code, message });
    this.finish("failed");
  }

  finish(status) {
    this.status = status;
    this.usage = { inputTokens: Math.ceil(this.prompt.length / 4), outputTokens: Math.ceil(this.text.length / 4) };
    this.emit({ type: "usage", ...this.usage, source: "estimated" });
    // What failed leaves no message.
    const isKept = this.text && status !== "failed";
    this.messageId = isKept ? this.world.addMessage(this.chat, "assistant", this.text, this.userMessageId, { generationId: this.id, ...this.usage }).id : undefined;
    this.emit({ type: "done", status, messageId: this.messageId });
    this.finishedAt = new Date().toISOString();
    this.tell();
    for (const viewer of this.viewers) viewer.end();
    this.wake?.();
  }

  tell() {
    this.world.tell(this.userId, { type: "generation", generationId: this.id, chatId: this.chatId, status: this.status });
  }

  emit(data) {
    // Numbers may jump: they are positions, not a count.
    this.seq += this.seq % 40 === 39 ? 1000 : 1;
    const event = { seq: this.seq, data };
    this.events.push(event);
    for (const viewer of this.viewers) viewer.write(frame(event));
  }

  sleep(ms) {
    return new Promise((resolve) => {
      this.wake = resolve;
      this.timer = setTimeout(resolve, ms);
    });
  }
}

function frame({ seq, data }) {
  return `id: ${seq}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** `sim-demo,status=429,retry-after=3,fail=3` → the number behind a name, 0 when absent. */
function scripted(model, name) {
  return Number(new RegExp(`(?:^|[-,])${name}=(\\d+)`).exec(model)?.[1] ?? 0);
}
