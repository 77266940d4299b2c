import { randomBytes, randomUUID } from "node:crypto";
import { Refusal } from "./http.mjs";

/** Everything the mock remembers. */
export class World {
  users = new Map();
  access = new Map();
  refresh = new Map();
  chats = new Map();
  messages = new Map();
  generations = new Map();
  said = 0;
  welcomeToken = randomBytes(16).toString("base64url");

  user(request) {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    const session = this.access.get(token);
    if (!session || session.until < Date.now()) throw new Refusal(401, "unauthorized", "Sign in first.");
    return session.user;
  }

  chat(id, request) {
    const user = this.user(request);
    const chat = this.chats.get(id);
    if (!chat || chat.userId !== user.id) throw new Refusal(404, "not_found", "No such chat.");
    return chat;
  }

  generation(id, request) {
    const user = this.user(request);
    const generation = this.generations.get(id);
    if (!generation || generation.userId !== user.id) throw new Refusal(404, "not_found", "No such generation.");
    return generation;
  }

  /** Who listens to what happens to their chats: responses and their users. */
  listeners = new Map();

  tell(userId, news) {
    for (const [response, listener] of this.listeners) if (listener === userId) response.write(`data: ${JSON.stringify(news)}\n\n`);
  }

  /** `more` is what an answer says besides: which generation it is of, and what that took. */
  addMessage(chat, role, content, parentId, more = {}) {
    // Ids rise with time, as those of the server do.
    const id = `${(++this.said).toString(16).padStart(8, "0")}${randomUUID().slice(8)}`;
    const message = { id, chatId: chat.id, role, content, parentId, ...more, createdAt: new Date().toISOString() };
    this.messages.get(chat.id).unshift(message);
    chat.updatedAt = message.createdAt;
    return message;
  }

  stop() {
    for (const generation of this.generations.values()) generation.stop();
  }
}
