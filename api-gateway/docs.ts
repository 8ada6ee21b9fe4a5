import type { IncomingMessage, ServerResponse } from "node:http";
import { api } from "encore.dev/api";
import { contentSecurityPolicy, docsFile } from "./docs/pages.js";
import { sendFile } from "./published-file.js";

/** The reference of this API, to read and to try in a browser. */
export const docs = api.raw(
  { method: "GET", path: "/docs", expose: true, auth: false },
  async (request, response) => sendDocs(request, response, ""),
);

/** The files that the reference page is made of. */
export const docsAssets = api.raw(
  { method: "GET", path: "/docs/*file", expose: true, auth: false },
  async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    await sendDocs(request, response, pathname.slice("/docs/".length));
  },
);

async function sendDocs(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
  const file = await docsFile(name);
  if (file === undefined) {
    response.writeHead(404, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ code: "not_found", message: "No such page.", details: null }));
    return;
  }
  sendFile(request, response, file, {
    "Content-Security-Policy": contentSecurityPolicy,
    "Referrer-Policy": "no-referrer",
  });
}
