import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { host } from "../host.js";
import { logError } from "../logger.js";
import { objectStore } from "./bucket.js";
import { FolderStore } from "./folder-store.js";
import { ObjectTooLargeError } from "./object-file.js";
import { ObjectErrorKind, ObjectStoreError } from "./object-store.js";
import { isAllowed } from "./signed-url.js";

export const OBJECTS_PREFIX = "/__axion/objects/";

const ROUTE = /^\/__axion\/objects\/(public|signed)\/([^/]+)\/(.+)$/;
/** Objects are anybody's content: a page among them must not act with the origin of the API. */
const SAFETY = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox",
  "access-control-allow-origin": "*",
};

interface Target {
  bucket: string;
  name: string;
  store: FolderStore;
}

/** Serves what public and signed addresses of folder buckets point to: downloads, with ranges, and signed uploads. */
export function handleObjectRequest(req: IncomingMessage, res: ServerResponse): void {
  respond(req, res).catch((error: unknown) => {
    if (error instanceof ObjectStoreError && error.kind === ObjectErrorKind.NotFound)
      return refuse(res, 404, "object not found");
    if (error instanceof ObjectStoreError) return refuse(res, 400, error.message);
    if (error instanceof ObjectTooLargeError) return refuse(res, 413, error.message);
    if (req.destroyed || res.destroyed) return;
    logError("object request failed", error);
    refuse(res, 500, "the object could not be served");
  });
}

async function respond(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const url = new URL(req.url ?? "", "http://localhost");
  const [, access, bucket = "", encoded = ""] = ROUTE.exec(url.pathname) ?? [];
  const target = access === undefined ? undefined : targetOf(bucket, encoded);
  if (target === undefined) return refuse(res, 404, "not found");
  if (req.method === "OPTIONS") return preflight(res);
  const reads = req.method === "GET" || req.method === "HEAD";
  if (access === "public") {
    if (!isPublic(bucket)) return refuse(res, 404, "not found");
    return reads ? download(req, res, target) : refuse(res, 405, "method not allowed");
  }
  if (!reads && req.method !== "PUT") return refuse(res, 405, "method not allowed");
  if (!hasValidSignature(target, reads ? "GET" : "PUT", url.searchParams))
    return refuse(res, 403, "the signature is wrong or has expired");
  return reads ? download(req, res, target) : upload(req, res, target);
}

function targetOf(bucket: string, encoded: string): Target | undefined {
  const config = host().config.objects[bucket];
  if (config?.provider !== "folder") return undefined;
  const store = objectStore(bucket);
  try {
    return store instanceof FolderStore ? { bucket, name: decodeURIComponent(encoded), store } : undefined;
  } catch {
    return undefined; // a percent sign that starts no escape
  }
}

function isPublic(bucket: string): boolean {
  return host().model.buckets.some(({ name, public: open }) => name === bucket && open);
}

function hasValidSignature(target: Target, method: "GET" | "PUT", query: URLSearchParams): boolean {
  const config = host().config.objects[target.bucket];
  const expires = Number(query.get("expires"));
  const given = query.get("signature");
  if (config?.provider !== "folder" || given === null || query.get("method") !== method) return false;
  return isAllowed(
    config.signingKey,
    { method, bucket: target.bucket, name: target.name, expires },
    given,
    Date.now() / 1000,
  );
}

async function download(req: IncomingMessage, res: ServerResponse, { name, store }: Target): Promise<void> {
  const object = await store.open(name);
  const { size, etag, contentType } = object.header;
  const headers = { ...SAFETY, "content-type": contentType, etag: `"${etag}"`, "accept-ranges": "bytes" };
  const range = byteRange(req.headers.range, size);
  const isCurrent = req.headers["if-none-match"]
    ?.split(",")
    .some((tag) => tag.trim().replace(/^W\//, "") === `"${etag}"`);
  if (isCurrent || range === "unsatisfiable" || req.method === "HEAD" || size === 0) {
    await object.close();
    if (isCurrent) res.writeHead(304, headers).end();
    else if (range === "unsatisfiable")
      res.writeHead(416, { ...SAFETY, "content-range": `bytes */${size}` }).end();
    else res.writeHead(200, { ...headers, "content-length": size }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  res.writeHead(range ? 206 : 200, {
    ...headers,
    "content-length": end - start + 1,
    ...(range ? { "content-range": `bytes ${start}-${end}/${size}` } : {}),
  });
  await pipeline(object.stream(start, end), res);
}

/** One range of bytes; several, or another unit, are answered with the whole. */
function byteRange(
  header: string | undefined,
  size: number,
): { start: number; end: number } | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (match === null || (match[1] === "" && match[2] === "")) return undefined;
  const start = match[1] === "" ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === "" || match[2] === "" ? size - 1 : Math.min(size - 1, Number(match[2]));
  return start >= size || start > end ? "unsatisfiable" : { start, end };
}

async function upload(req: IncomingMessage, res: ServerResponse, { name, store }: Target): Promise<void> {
  const contentType = req.headers["content-type"];
  const { etag } = await store.upload(name, req, contentType === undefined ? {} : { contentType });
  res.writeHead(200, { ...SAFETY, etag: `"${etag}"`, "content-length": 0 }).end();
}

function preflight(res: ServerResponse): void {
  const headers = {
    "access-control-allow-methods": "GET, HEAD, PUT",
    "access-control-allow-headers": "*",
    "access-control-max-age": "3600",
  };
  res.writeHead(204, { ...SAFETY, ...headers }).end();
}

function refuse(res: ServerResponse, status: number, message: string): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  res
    .writeHead(status, { ...SAFETY, "content-type": "text/plain; charset=utf-8", connection: "close" })
    .end(`${message}\n`);
}
