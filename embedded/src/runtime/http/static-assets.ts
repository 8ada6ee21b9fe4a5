import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join, resolve, sep } from "node:path";
import { pipeline } from "node:stream";
import { lookup } from "mrmime";
import type { Endpoint } from "../../model/app-model.js";
import { ApiError } from "../errors.js";
import type { HostConfig } from "../host-config.js";
import type { Request } from "../request.js";
import type { ResponseWriter } from "./raw.js";

/** Files stamped earlier than this carry no real time: image builds reset it. */
const REAL_TIME_AFTER = Date.UTC(1980, 0, 1);

interface Assets {
  dir: string;
  notFound: string | undefined;
  notFoundStatus: number;
  /** Name and value pairs from the endpoint's options. */
  headers: string[];
  /** Stands for the app's revision; used for files without a real time. */
  etag: string | undefined;
}

interface File {
  path: string;
  size: number;
  modifiedMs: number;
}

/** What a file is answered with: which part of it, and how the client may keep it. */
interface Reply {
  status: number;
  headers: string[];
  range: { start: number; end: number } | undefined;
}

/** A raw handler that serves the files of a static endpoint. */
export function staticHandler(endpoint: Endpoint, config: HostConfig): (request: Request, ...rest: unknown[]) => Promise<void> {
  const { dir, notFound, notFoundStatus, headers } = endpoint.static ?? { dir: "." };
  const { revision, uncommittedChanges } = config.meta;
  const assets: Assets = {
    dir: resolve(config.appDir, dir),
    notFound: notFound && resolve(config.appDir, notFound),
    notFoundStatus: notFoundStatus ?? 404,
    headers: Object.entries(headers ?? {}).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, one])),
    etag: revision && !uncommittedChanges ? `"${revision}"` : undefined,
  };
  return async (request, writer, _body, streams) => {
    const { req, res } = streams as { req: IncomingMessage; res: ServerResponse };
    await serve(assets, request, writer as ResponseWriter, req, res);
  };
}

async function serve(
  assets: Assets,
  request: Request,
  writer: ResponseWriter,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const { payload } = request.data;
  const relative = String(Object.values(payload ?? {})[0] ?? "");
  const path = safePath(assets.dir, relative);
  let file = path && (await regularFile(path));
  if (path && !file && (await isDirectory(path))) {
    if (relative !== "" && !relative.endsWith("/")) {
      const location = `${(request.data as { path: string }).path}/`;
      return send(writer, res, 307, ["location", location], undefined, undefined);
    }
    file = await regularFile(join(path, "index.html"));
  }
  if (file) {
    const reply = replyFor(file, assets, req, true);
    return send(writer, res, reply.status, reply.headers, file, reply.range);
  }
  file = assets.notFound && (await regularFile(assets.notFound));
  if (!file) throw new ApiError("not_found", "file not found");
  if (assets.notFoundStatus === 200) {
    const reply = replyFor(file, assets, req, true);
    return send(writer, res, reply.status, reply.headers, file, reply.range);
  }
  const page = [...contentHeaders(file), "content-length", String(file.size), ...assets.headers];
  return send(writer, res, assets.notFoundStatus, page, file, undefined);
}

/** The file's path, or undefined where it would leave the folder. */
function safePath(dir: string, relative: string): string | undefined {
  if (relative.includes("\0") || relative.split(/[/\\]/).includes("..")) return undefined;
  const path = resolve(dir, `./${relative}`);
  return path === dir || path.startsWith(dir + sep) ? path : undefined;
}

async function regularFile(path: string): Promise<File | undefined> {
  const info = await stat(path).catch(missing);
  return info?.isFile() && !path.endsWith("/") ? { path, size: info.size, modifiedMs: info.mtimeMs } : undefined;
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(missing))?.isDirectory() ?? false;
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "ENAMETOOLONG") return undefined;
  throw error;
}

function contentHeaders(file: File): string[] {
  return ["content-type", lookup(file.path) ?? "application/octet-stream", "accept-ranges", "bytes"];
}

/** Evaluates the preconditions of RFC 9110 that the official runtime knows, then the range. */
function replyFor(file: File, assets: Assets, req: IncomingMessage, conditional: boolean): Reply {
  const ownHeader = (name: string): boolean => assets.headers.some((text, i) => i % 2 === 0 && text.toLowerCase() === name);
  const real = file.modifiedMs > REAL_TIME_AFTER && !ownHeader("last-modified");
  const seconds = Math.floor(file.modifiedMs / 1000) * 1000;
  const etag = real || ownHeader("etag") ? undefined : assets.etag;
  const validators = real ? ["last-modified", new Date(seconds).toUTCString()] : etag ? ["etag", etag] : [];
  const unmodifiedSince = Date.parse(req.headers["if-unmodified-since"] ?? "");
  if (conditional && unmodifiedSince < seconds) return { status: 412, headers: [...assets.headers], range: undefined };
  if (conditional && notModified(req, etag, real ? seconds : undefined)) {
    return { status: 304, headers: [...validators, ...assets.headers], range: undefined };
  }
  const headers = [...contentHeaders(file), ...validators, ...assets.headers];
  const range = rangeHolds(req, etag) ? parseRange(req.headers.range, file.size) : undefined;
  if (range === "unsatisfiable") {
    return {
      status: 416,
      headers: [...contentHeaders(file), "content-range", `bytes */${file.size}`, ...assets.headers],
      range: undefined,
    };
  }
  if (!range) return { status: 200, headers: [...headers, "content-length", String(file.size)], range: undefined };
  const length = range.end - range.start + 1;
  const part = ["content-range", `bytes ${range.start}-${range.end}/${file.size}`, "content-length", String(length)];
  return { status: 206, headers: [...headers, ...part], range };
}

function notModified(req: IncomingMessage, etag: string | undefined, modified: number | undefined): boolean {
  if (etag) return etagMatches(req.headers["if-none-match"], etag, true);
  const since = Date.parse(req.headers["if-modified-since"] ?? "");
  return modified !== undefined && modified <= since;
}

/** `If-Range` holds only for the tag that is served: a resumed download never mixes two revisions. */
function rangeHolds(req: IncomingMessage, etag: string | undefined): boolean {
  const condition = req.headers["if-range"];
  if (typeof condition !== "string") return true;
  return etag !== undefined && etagMatches(condition, etag, false);
}

function etagMatches(list: string | undefined, etag: string, weak: boolean): boolean {
  if (list === undefined) return false;
  if (list.trim() === "*") return true;
  return list.split(",").some((item) => {
    const tag = item.trim();
    return tag === etag || (weak && tag === `W/${etag}`);
  });
}

/** One range of bytes; several are not served. */
function parseRange(header: string | undefined, size: number): { start: number; end: number } | "unsatisfiable" | undefined {
  if (header === undefined) return undefined;
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (!match || (match[1] === "" && match[2] === "")) return "unsatisfiable";
  const [, first = "", last = ""] = match;
  const start = first === "" ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return start > end || start >= size ? "unsatisfiable" : { start, end };
}

function send(
  writer: ResponseWriter,
  res: ServerResponse,
  status: number,
  headers: string[],
  file: File | undefined,
  range: { start: number; end: number } | undefined,
): Promise<void> {
  writer.writeHead(status, headers);
  const bodyless = status === 304 || status === 307 || status === 412 || status === 416;
  if (!file || bodyless || res.req.method === "HEAD" || file.size === 0) {
    writer.close();
    return Promise.resolve();
  }
  writer.flush();
  return new Promise((settle, fail) => {
    pipeline(createReadStream(file.path, range), res, (error) => {
      // A client that stops reading ends the transfer; that is no failure of the file.
      if (error && error.code !== "ERR_STREAM_PREMATURE_CLOSE") fail(error);
      else settle();
    });
  });
}
