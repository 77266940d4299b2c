// A stand-in for the server while the page is developed: it speaks the page's contract, keeps everything in memory and
// serves `dist/` under the same content security policy. Run: npm run build && npm run mock
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { authRoutes } from "./auth.mjs";
import { chatRoutes } from "./chats.mjs";
import { generationRoutes } from "./generations.mjs";
import { problem, readJson } from "./http.mjs";
import { serveFile } from "./files.mjs";
import { World } from "./world.mjs";

const routes = [...authRoutes, ...chatRoutes, ...generationRoutes];

/** Listens on 127.0.0.1; `port` 0 takes any. Resolves to the base URL, a welcome URL and the way to stop. */
export async function startMock({ port = 0 } = {}) {
  const world = new World();
  const server = createServer((request, response) => {
    answer(world, request, response).catch((error) => {
      if (!response.headersSent) problem(response, error.status ?? 500, error.code ?? "internal", error.message, error.extra);
      else response.destroy();
    });
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  const stop = () => {
    world.stop();
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { base, welcome: `${base}/welcome#${world.welcomeToken}`, stop };
}

async function answer(world, request, response) {
  const url = new URL(request.url, "http://mock");
  if (!url.pathname.startsWith("/api/")) return serveFile(url.pathname, response);
  for (const [method, pattern, handler] of routes) {
    const match = pattern.exec(url.pathname);
    if (!match || method !== request.method) continue;
    const body = method === "GET" ? {} : await readJson(request);
    return handler({ world, request, response, url, body, id: match[1] });
  }
  problem(response, 404, "not_found", "No such route.");
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const mock = await startMock({ port: Number(process.env.PORT ?? 8080) });
  console.log(`chat     ${mock.base}\nsign in  ${mock.welcome}`);
}
