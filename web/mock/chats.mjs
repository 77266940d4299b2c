import { randomUUID } from "node:crypto";
import { json, page } from "./http.mjs";

export const chatRoutes = [
  ["POST", /^\/api\/chats$/, create],
  ["GET", /^\/api\/chats$/, list],
  ["GET", /^\/api\/chats\/([\w-]+)$/, get],
  ["PATCH", /^\/api\/chats\/([\w-]+)$/, rename],
  ["DELETE", /^\/api\/chats\/([\w-]+)$/, remove],
  ["GET", /^\/api\/chats\/([\w-]+)\/messages$/, messages],
  ["GET", /^\/api\/models$/, models],
  ["GET", /^\/api\/usage\/daily$/, usage],
];

function create({ world, request, response, body }) {
  const user = world.user(request);
  const at = new Date().toISOString();
  const chat = { id: randomUUID(), userId: user.id, title: body.title ?? null, createdAt: at, updatedAt: at };
  world.chats.set(chat.id, chat);
  world.messages.set(chat.id, []);
  json(response, 201, shown(chat));
}

function list({ world, request, response, url }) {
  const user = world.user(request);
  const mine = [...world.chats.values()].filter((chat) => chat.userId === user.id).reverse();
  const { items, nextCursor } = page(mine, url);
  json(response, 200, { items: items.map(shown), nextCursor });
}

function get({ world, request, response, id }) {
  const chat = world.chat(id, request);
  const active = [...world.generations.values()].find((g) => g.chatId === id && !g.finished);
  json(response, 200, { ...shown(chat), activeGenerationId: active?.id ?? null });
}

function rename({ world, request, response, id, body }) {
  const chat = world.chat(id, request);
  chat.title = body.title;
  json(response, 200, shown(chat));
}

function remove({ world, request, response, id }) {
  world.chat(id, request);
  world.chats.delete(id);
  json(response, 204);
}

function messages({ world, request, response, id, url }) {
  world.chat(id, request);
  const { items, nextCursor } = page(world.messages.get(id), url);
  const newest = world.messages.get(id)[0];
  // An answer names its generation; of the questions the newest one does.
  const named = (message) => (message.role === "user" && message !== newest ? { ...message, generationId: undefined } : message);
  json(response, 200, { items: items.map(named), nextCursor });
}

function models({ world, request, response }) {
  world.user(request);
  const ids = ["sim-default", "sim-echo", "sim-slow"];
  json(response, 200, { items: ids.map((id, i) => ({ id, provider: "simulated", default: i === 0, maxTokens: 200_000 })) });
}

function usage({ world, request, response }) {
  world.user(request);
  json(response, 200, { items: [], nextCursor: null });
}

function shown({ id, title, createdAt, updatedAt }) {
  return { id, title, createdAt, updatedAt };
}
