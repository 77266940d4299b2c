import { Refusal, invalid, json } from "./http.mjs";
import { MockGeneration } from "./generation.mjs";

export const generationRoutes = [
  ["POST", /^\/api\/chats\/([\w-]+)\/generations$/, start],
  ["POST", /^\/api\/generations\/([\w-]+)\/regenerate$/, again],
  ["GET", /^\/api\/generations\/([\w-]+)$/, get],
  ["POST", /^\/api\/generations\/([\w-]+)\/cancel$/, cancel],
  ["GET", /^\/api\/generations\/([\w-]+)\/stream$/, stream],
  // Only here: cuts every open stream, as a restarted proxy would.
  ["POST", /^\/api\/mock\/cut$/, cut],
];

function start({ world, request, response, id, body }) {
  const chat = world.chat(id, request);
  admit(world, chat, body, response, () => {
    if (typeof body.userMessage !== "string" || body.userMessage.trim() === "") throw invalid("/userMessage", "May not be empty.");
    const follows = "parentId" in body ? body.parentId : (world.messages.get(id)[0]?.id ?? null);
    return () => world.addMessage(chat, "user", body.userMessage, follows).id;
  });
}

function again({ world, request, response, id, body }) {
  const before = world.generation(id, request);
  const wish = { ...body, userMessage: before.prompt, model: body.model ?? before.model };
  admit(world, before.chat, wish, response, () => () => before.userMessageId);
}

/** `check` answers how the question is stored, or refuses. */
function admit(world, chat, request, response, check) {
  const mine = [...world.generations.values()].filter((g) => g.userId === chat.userId);
  const same = mine.find((g) => g.requestId === request.requestId);
  if (same) return accepted(response, same);
  const store = check();
  const running = mine.find((g) => !g.finished);
  if (running) throw new Refusal(409, "generation_in_flight", "Another answer is being written.", { generationId: running.id });
  const generation = new MockGeneration(world, chat, request);
  generation.userMessageId = store();
  world.generations.set(generation.id, generation);
  generation.run();
  accepted(response, generation);
}

function accepted(response, g) {
  const body = { generationId: g.id, chatId: g.chatId, userMessageId: g.userMessageId, status: g.status, streamUrl: `/api/generations/${g.id}/stream` };
  json(response, 202, body, { location: `/api/generations/${g.id}` });
}

function get({ world, request, response, id }) {
  json(response, 200, world.generation(id, request).record());
}

function cancel({ world, request, response, id }) {
  const generation = world.generation(id, request);
  generation.cancel();
  json(response, 202, { generationId: id, status: generation.status });
}

function stream({ world, request, response, id }) {
  const generation = world.generation(id, request);
  const last = Number(request.headers["last-event-id"] ?? 0);
  if (!Number.isInteger(last)) throw new Refusal(400, "bad_last_event_id", "Last-Event-ID must be a number.");
  generation.view(response, last);
}

function cut({ world, response }) {
  for (const generation of world.generations.values()) generation.cut();
  json(response, 204);
}
