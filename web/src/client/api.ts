// The routes the page uses, by name.
import type { Accepted, AgainRequest, Chat, DailyUsage, Generation, GenerationRequest, GenerationStatus, Message, Model, Page } from "../wire/shapes.ts";
import { Problem } from "../wire/problem.ts";
import type { Http } from "./http.ts";

export class Api {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  /** The chats whose name or any message holds `text`, at most 50. */
  search(text: string): Promise<{ items: Chat[] }> {
    return this.http.json(`/api/search?${query({ q: text })}`);
  }

  /** A whole chat, as a file. */
  async exported(chatId: string, format: "markdown" | "json"): Promise<Blob> {
    const path = `/api/chats/${encodeURIComponent(chatId)}/export?${query({ format })}`;
    return (await this.http.send(path, { headers: { accept: "*/*" } })).blob();
  }

  createChat(title: string): Promise<Chat> {
    return this.http.json("/api/chats", { method: "POST", body: { title } });
  }

  chats(cursor: string | null, limit = 50): Promise<Page<Chat>> {
    return this.http.json(`/api/chats?${query({ cursor, limit })}`);
  }

  chat(id: string): Promise<Chat> {
    return this.http.json(`/api/chats/${encodeURIComponent(id)}`);
  }

  renameChat(id: string, title: string): Promise<Chat> {
    return this.http.json(`/api/chats/${encodeURIComponent(id)}`, { method: "PATCH", body: { title } });
  }

  async deleteChat(id: string): Promise<void> {
    await this.http.json(`/api/chats/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  /** Newest first; the cursor leads to older ones. */
  messages(chatId: string, cursor: string | null, limit = 20): Promise<Page<Message>> {
    return this.http.json(`/api/chats/${encodeURIComponent(chatId)}/messages?${query({ cursor, limit })}`);
  }

  generate(chatId: string, request: GenerationRequest): Promise<Accepted> {
    return this.http.json(`/api/chats/${encodeURIComponent(chatId)}/generations`, { method: "POST", body: request });
  }

  /** Another answer to the question of a generation. */
  regenerate(id: string, request: AgainRequest): Promise<Accepted> {
    return this.http.json(`/api/generations/${encodeURIComponent(id)}/regenerate`, { method: "POST", body: request });
  }

  generation(id: string): Promise<Generation> {
    return this.http.json(`/api/generations/${encodeURIComponent(id)}`);
  }

  cancel(id: string): Promise<{ generationId: string; status: GenerationStatus }> {
    return this.http.json(`/api/generations/${encodeURIComponent(id)}/cancel`, { method: "POST" });
  }

  stream(id: string, lastEventId: string | null, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (lastEventId !== null) headers["last-event-id"] = lastEventId;
    return this.http.send(`/api/generations/${encodeURIComponent(id)}/stream`, { headers, signal });
  }

  /** What happens to one's chats, from now on. */
  news(signal: AbortSignal): Promise<Response> {
    return this.http.send("/api/events", { headers: { accept: "text/event-stream" }, signal });
  }

  /** What was spent on `day` (UTC, `2026-01-31`), or null. */
  async usageOf(day: string): Promise<DailyUsage | null> {
    const { items } = await this.http.json<{ items: DailyUsage[] }>(`/api/usage/daily?${query({ from: day })}`);
    return items.find((item) => item.day === day) ?? null;
  }

  /** Empty when this server has no list of models. */
  async models(signal?: AbortSignal): Promise<Model[]> {
    try {
      return (await this.http.json<{ items: Model[] }>("/api/models", { signal })).items;
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return [];
      throw error;
    }
  }
}

function query(values: Record<string, string | number | null>): URLSearchParams {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== null) params.set(name, String(value));
  return params;
}
