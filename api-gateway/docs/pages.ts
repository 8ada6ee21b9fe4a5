import { readFile } from "node:fs/promises";
import path from "node:path";
import packageFolder from "swagger-ui-dist/absolute-path.js";
import { type PublishedFile, publishedFile } from "../published-file.js";

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Axion API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="reference"></div>
<noscript>The reference needs JavaScript; the description itself is at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const start = `SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  withCredentials: true,
});
`;

/** Nothing but this server's own files runs or is loaded; the library sets styles on its elements. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Files of the reference page by name; those that the library brings are read from its package. */
const files: Record<string, { type: string; text?: string }> = {
  "": { type: "text/html; charset=utf-8", text: page },
  "start.js": { type: "text/javascript; charset=utf-8", text: start },
  "swagger-ui-bundle.js": { type: "text/javascript; charset=utf-8" },
  "swagger-ui.css": { type: "text/css; charset=utf-8" },
  "favicon-32x32.png": { type: "image/png" },
};

const loaded = new Map<string, Promise<PublishedFile>>();

/** A file of the reference page; undefined where there is none of that name. */
export async function docsFile(name: string): Promise<PublishedFile | undefined> {
  const file = Object.hasOwn(files, name) ? files[name] : undefined;
  if (file === undefined) return undefined;
  let load = loaded.get(name);
  if (load === undefined) {
    load = readBody(name, file.text).then((body) => publishedFile(body, file.type));
    // A file that could not be read is tried again by the next request.
    load.catch(() => loaded.delete(name));
    loaded.set(name, load);
  }
  return await load;
}

async function readBody(name: string, text: string | undefined): Promise<Buffer> {
  return text === undefined ? await readFile(path.join(packageFolder(), name)) : Buffer.from(text);
}
