// A conversation with a server that answers what a test says.
import { expect, vi } from "vitest";
import { Api } from "../client/api.ts";
import { Http } from "../client/http.ts";
import { Session } from "../client/session.ts";
import { Conversation } from "./conversation.svelte.ts";
import { answerText } from "./thread.svelte.ts";

export type Handler = (request: { method: string; path: string; query: string; body: Record<string, unknown>; lastEventId: string | null; signal: AbortSignal | null }) => Response | Error | Promise<Response>;

export const json = (body: object, status = 200) => new Response(JSON.stringify(body), { status });
export const chat = { id: "c", title: "t", createdAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-01T00:00:00Z", activeGenerationId: null };
export const accepted = { generationId: "g", chatId: "c", userMessageId: "m1", status: "queued", streamUrl: "/api/generations/g/stream" };
export const stream = (...events: object[]) => new Response(events.map((e, i) => `id: ${i + 1}\ndata: ${JSON.stringify(e)}\n\n`).join(""));
export const finished = stream.bind(null, { type: "delta", delta: "Hel" }, { type: "delta", delta: "lo" }, { type: "usage", inputTokens: 1, outputTokens: 2 }, { type: "done", status: "succeeded", messageId: "m2" });

export function conversation(handler: Handler, chatId: string | null = null, standard: string | null = null) {
  const seen: string[] = [];
  const bodies: Record<string, unknown>[] = [];
  const fetch = async (url: string, init: RequestInit = {}) => {
    const method = init.method ?? "GET";
    const [path = "", query = ""] = url.split("?");
    seen.push(`${method} ${path}`);
    const body = init.body ? (JSON.parse(String(init.body)) as Record<string, unknown>) : {};
    if (/\/(generations|regenerate)$/.test(path)) bodies.push(body);
    const reply = await handler({ method, path, query, body, lastEventId: new Headers(init.headers).get("last-event-id"), signal: init.signal ?? null });
    if (reply instanceof Error) throw reply;
    return reply;
  };
  const events = { created: vi.fn(), started: vi.fn(), finished: vi.fn(), missing: vi.fn(), standardModel: () => standard };
  const session = new Session(fetch);
  return { it: new Conversation(new Api(new Http(fetch, session)), events, chatId), seen, bodies, events };
}

export const until = (check: () => boolean) => vi.waitFor(() => expect(check()).toBe(true), { timeout: 4000, interval: 5 });
export const shown = (it: Conversation) => it.line.map((row) => [row.role, row.role === "assistant" ? answerText(row, it.live) : row.text]);

/** For `beforeEach`: the pages of a test end with it, or they would hear what those of the next one say. */
export function endingPages(): () => void {
  const spies = [window, document].map((target) => ({ target, heard: vi.spyOn(target as Document, "addEventListener") }));
  const Channel = globalThis.BroadcastChannel;
  const channels: BroadcastChannel[] = [];
  vi.stubGlobal(
    "BroadcastChannel",
    class extends Channel {
      constructor(name: string) {
        super(name);
        channels.push(this);
      }
    },
  );
  return () => {
    for (const channel of channels) channel.close();
    for (const { target, heard } of spies) {
      for (const [type, listener] of heard.mock.calls) target.removeEventListener(type, listener as EventListener);
      heard.mockRestore();
    }
    vi.unstubAllGlobals();
  };
}
