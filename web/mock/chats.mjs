import { randomUUID } from "node:crypto";
import { json, page } from "./http.mjs";

export const chatRoutes = [
  ["GET", /^\/api\/search$/, search],
  ["GET", /^\/api\/chats\/([\w-]+)\/export$/, exported],
  ["POST", /^\/api\/chats$/, create],
  ["GET", /^\/api\/chats$/, list],
  ["GET", /^\/api\/chats\/([\w-]+)$/, get],
  ["PATCH", /^\/api\/chats\/([\w-]+)$/, rename],
  ["DELETE", /^\/api\/chats\/([\w-]+)$/, remove],
  ["GET", /^\/api\/chats\/([\w-]+)\/messages$/, messages],
  ["POST", /^\/api\/chats\/([\w-]+)\/messages$/, store],
  ["GET", /^\/api\/events$/, events],
  ["GET", /^\/api\/models$/, models],
  ["GET", /^\/api\/usage\/daily$/, usage],
];

function create({ world, request, response, body }) {
  const user = world.user(request);
  const at = new Date().toISOString();
  const chat = { id: randomUUID(), userId: user.id, title: body.title ?? null, createdAt: at, updatedAt: at };
  world.chats.set(chat.id, chat);
  world.messages.set(chat.id, []);
  world.tell(user.id, { type: "chat", chatId: chat.id, title: chat.title });
  json(response, 201, shown(chat));
}

function list({ world, request, response, url }) {
  const user = world.user(request);
  const mine = [...world.chats.values()].filter((chat) => chat.userId === user.id).reverse();
  const { items, nextCursor } = page(mine, url);
  json(response, 200, { items: items.map(shown), nextCursor });
}

function search({ world, request, response, url }) {
  const user = world.user(request);
  const text = url.searchParams.get("q").toLowerCase();
  const holds = (chat) => [chat.title ?? "", ...world.messages.get(chat.id).map((message) => message.content)].some((said) => said.toLowerCase().includes(text));
  json(response, 200, { items: [...world.chats.values()].filter((chat) => chat.userId === user.id && holds(chat)).map(shown) });
}

function exported({ world, request, response, id, url }) {
  const chat = world.chat(id, request);
  const messages = [...world.messages.get(id)].reverse();
  if (url.searchParams.get("format") === "json") return json(response, 200, { chat: shown(chat), messages });
  response.writeHead(200, { "content-type": "text/markdown; charset=utf-8" });
  response.end(`# ${chat.title}\n${messages.map((message) => `\n## ${message.role}\n\n${message.content}\n`).join("")}`);
}

function get({ world, request, response, id }) {
  const chat = world.chat(id, request);
  const active = [...world.generations.values()].find((g) => g.chatId === id && !g.finished);
  json(response, 200, { ...shown(chat), activeGenerationId: active?.id ?? null });
}

function rename({ world, request, response, id, body }) {
  const chat = world.chat(id, request);
  chat.title = body.title;
  world.tell(chat.userId, { type: "chat", chatId: id, title: chat.title });
  json(response, 200, shown(chat));
}

function remove({ world, request, response, id }) {
  const { userId } = world.chat(id, request);
  world.chats.delete(id);
  world.tell(userId, { type: "deleted", chatId: id });
  json(response, 204);
}

function messages({ world, request, response, id, url }) {
  world.chat(id, request);
  const { items, nextCursor } = page(world.messages.get(id), url);
  const newest = world.messages.get(id)[0];
  const asked = [...world.generations.values()].findLast((generation) => generation.userMessageId === newest?.id)?.id;
  // An answer names its generation; of the questions the newest one does.
  const named = (message) => (message.role === "user" ? { ...message, generationId: message === newest ? asked : undefined } : message);
  json(response, 200, { items: items.map(named), nextCursor });
}

/** Only stores; nothing is answered. */
function store({ world, request, response, id, body }) {
  const chat = world.chat(id, request);
  const message = world.addMessage(chat, body.role ?? "user", body.content, world.messages.get(id)[0]?.id ?? null);
  json(response, 201, message);
}

function events({ world, request, response }) {
  const { id } = world.user(request);
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache, no-transform" });
  response.write("retry: 500\n\n");
  world.listeners.set(response, id);
  response.on("close", () => world.listeners.delete(response));
}

function models({ world, request, response }) {
  world.user(request);
  const ids = ["sim-default", "sim-echo", "sim-slow", "sim-resting", "sim-out"];
  json(response, 200, { items: ids.map((id, i) => ({ id, provider: "simulated", default: i === 0, maxTokens: 200_000, ...availability(id) })) });
}

/** Two cannot be asked now, to see how that looks; here they answer all the same. */
function availability(id) {
  if (id === "sim-resting") return { available: false, availableAt: new Date(Date.now() + 90_000).toISOString() };
  return { available: id !== "sim-out" };
}

function usage({ world, request, response }) {
  world.user(request);
  json(response, 200, { items: [], nextCursor: null });
}

function shown({ id, title, createdAt, updatedAt }) {
  return { id, title, createdAt, updatedAt };
}
