export class Refusal extends Error {
  constructor(status, code, detail, extra = {}) {
    super(detail);
    Object.assign(this, { status, code, extra });
  }
}

export function json(response, status, body, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

export function problem(response, status, code, detail, extra = {}) {
  response.writeHead(status, { "content-type": "application/problem+json", "cache-control": "no-store" });
  response.end(JSON.stringify({ type: `/problems/${code}`, title: code.replaceAll("_", " "), status, detail, code, ...extra }));
}

export async function readJson(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "bad_json", "The body is no JSON.");
  }
}

export function invalid(pointer, detail) {
  return new Refusal(422, "invalid", "The request has wrong fields.", { errors: [{ pointer, detail }] });
}

export function page(items, url) {
  const limit = Math.min(100, Number(url.searchParams.get("limit") ?? 20));
  const start = Number(url.searchParams.get("cursor") ?? 0);
  const end = start + limit;
  return { items: items.slice(start, end), nextCursor: end < items.length ? String(end) : null };
}
