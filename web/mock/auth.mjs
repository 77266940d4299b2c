import { randomBytes, randomUUID } from "node:crypto";
import { Refusal, invalid, json } from "./http.mjs";

const LIFE_S = Number(process.env.MOCK_TOKEN_SECONDS ?? 900);

export const authRoutes = [
  ["POST", /^\/api\/auth\/register$/, register],
  ["POST", /^\/api\/auth\/login$/, login],
  ["POST", /^\/api\/auth\/refresh$/, refresh],
  ["POST", /^\/api\/auth\/logout$/, logout],
  ["POST", /^\/api\/auth\/welcome$/, welcome],
  ["GET", /^\/api\/auth\/options$/, ({ response }) => json(response, 200, { registration: "open", links: true })],
  ["POST", /^\/api\/auth\/links$/, askForLink],
  ["POST", /^\/api\/auth\/links\/redeem$/, redeem],
  ["GET", /^\/api\/auth\/me$/, ({ world, request, response }) => json(response, 200, shown(world.user(request)))],
];

function register({ world, response, body }) {
  if (!/^\S+@\S+$/.test(body.email ?? "")) throw invalid("/email", "Not an email address.");
  if ((body.password ?? "").length < 8) throw invalid("/password", "At least 8 characters.");
  if (world.users.has(body.email)) throw new Refusal(409, "email_taken", "There is an account with this email.");
  const user = { id: randomUUID(), email: body.email, role: "user", password: body.password };
  world.users.set(user.email, user);
  session(world, response, user, 201);
}

function login({ world, response, body }) {
  const user = world.users.get(body.email);
  if (!user || user.password !== body.password) throw new Refusal(401, "wrong_credentials", "Email or password is wrong.");
  session(world, response, user, 200);
}

function welcome({ world, response, body }) {
  if (body.token !== world.welcomeToken) throw new Refusal(410, "token_used", "This link was used or has expired.");
  world.welcomeToken = null;
  const user = { id: randomUUID(), email: "owner@localhost", role: "admin", password: null };
  world.users.set(user.email, user);
  session(world, response, user, 200);
}

function askForLink({ response, body }) {
  if (!/^\S+@\S+$/.test(body.email ?? "")) throw invalid("/email", "Not an email address.");
  json(response, 202, { message: "if a link can be mailed to this address, a letter is on its way" });
}

/** Nothing is mailed here: no link is good. */
function redeem() {
  throw new Refusal(401, "link_refused", "the link is wrong, too old, or was used before; ask for a new one");
}

function refresh({ world, request, response }) {
  const cookie = cookieOf(request);
  const user = world.refresh.get(cookie);
  if (!user) throw new Refusal(401, "unauthorized", "Sign in first.");
  world.refresh.delete(cookie);
  session(world, response, user, 200);
}

function logout({ world, request, response }) {
  world.refresh.delete(cookieOf(request));
  json(response, 204, undefined, { "set-cookie": "sluice_refresh=; Path=/api/auth; Max-Age=0; HttpOnly; SameSite=Strict" });
}

function session(world, response, user, status) {
  const accessToken = randomBytes(24).toString("base64url");
  const refreshToken = randomBytes(24).toString("base64url");
  world.access.set(accessToken, { user, until: Date.now() + LIFE_S * 1000 });
  world.refresh.set(refreshToken, user);
  const headers = { "set-cookie": `sluice_refresh=${refreshToken}; Path=/api/auth; HttpOnly; SameSite=Strict` };
  json(response, status, { user: shown(user), accessToken, refreshToken, expiresIn: LIFE_S }, headers);
}

function cookieOf(request) {
  return /sluice_refresh=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
}

function shown({ id, email, role }) {
  return { id, email, role };
}
