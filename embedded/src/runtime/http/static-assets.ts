import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join, resolve, sep } from "node:path";
import { pipeline } from "node:stream";
import type { Endpoint } from "../../model/app-model.js";
import { ApiError } from "../errors.js";
import type { HostConfig } from "../host-config.js";
import type { ApiRequest, Request } from "../request.js";
import type { ResponseWriter } from "./raw.js";
import {
  contentHeaders,
  type File,
  type Reply,
  type ReplyOptions,
  replyFor,
  wholeFile,
} from "./static-reply.js";

/** What a static endpoint serves. */
interface Assets extends ReplyOptions {
  dir: string;
  notFound: string | undefined;
  notFoundStatus: number;
}

/** The connection of a request, which raw handlers get from the host. */
interface Exchanged {
  req: IncomingMessage;
  res: ServerResponse;
}

/** A raw handler that serves the files of a static endpoint. */
export function staticHandler(
  endpoint: Endpoint,
  config: HostConfig,
): (request: Request, ...rest: unknown[]) => Promise<void> {
  const { dir, notFound, notFoundStatus, headers } = endpoint.static ?? { dir: "." };
  const { revision, uncommittedChanges } = config.meta;
  const assets: Assets = {
    dir: resolve(config.appDir, dir),
    notFound: notFound && resolve(config.appDir, notFound),
    notFoundStatus: notFoundStatus ?? 404,
    headers: Object.entries(headers ?? {}).flatMap(([name, value]) =>
      [value].flat().flatMap((one) => [name, one]),
    ),
    etag: revision && !uncommittedChanges ? `"${revision}"` : undefined,
  };
  return (request, writer, _body, exchanged) =>
    serve(assets, request.data as ApiRequest, writer as ResponseWriter, exchanged as Exchanged);
}

async function serve(
  assets: Assets,
  request: ApiRequest,
  writer: ResponseWriter,
  exchanged: Exchanged,
): Promise<void> {
  const relative = String(Object.values(request.payload ?? {})[0] ?? "");
  if (relative.includes("\0")) throw new ApiError("invalid_argument", "invalid file path");
  const path = safePath(assets.dir, relative);
  let file = path && (await regularFile(path));
  if (path && !file && (await isDirectory(path))) {
    if (relative !== "" && !relative.endsWith("/")) {
      const redirect = { status: 307, headers: ["location", `${request.path}/`], range: undefined };
      return send(redirect, undefined, writer, exchanged.res);
    }
    file = await regularFile(join(path, "index.html"));
  }
  if (file) return send(replyFor(file, assets, exchanged.req), file, writer, exchanged.res);
  file = assets.notFound && (await regularFile(assets.notFound));
  if (!file) throw new ApiError("not_found", "file not found");
  const reply = notFoundReply(file, assets, exchanged.req);
  return send(reply, file, writer, exchanged.res);
}

/** A page in place of a missing file: as 200 it is the app's own page, cached like any file; otherwise it is told whole. */
function notFoundReply(file: File, assets: Assets, req: IncomingMessage): Reply {
  const reply = replyFor(file, assets, req);
  const own = assets.notFoundStatus === 200;
  if (reply.status === 412 || (own && reply.status === 416))
    throw new ApiError("not_found", "file not found");
  if (own) return reply;
  return wholeFile(file, assets.notFoundStatus, [...contentHeaders(file), ...assets.headers]);
}

/** The file's path, or undefined where it would leave the folder. */
function safePath(dir: string, relative: string): string | undefined {
  if (relative.split(/[/\\]/).includes("..")) return undefined;
  const path = resolve(dir, `./${relative}`);
  return path === dir || path.startsWith(dir + sep) ? path : undefined;
}

async function regularFile(path: string): Promise<File | undefined> {
  const info = await stat(path).catch(missing);
  return info?.isFile() ? { path, size: info.size, modifiedMs: info.mtimeMs } : undefined;
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(missing))?.isDirectory() ?? false;
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "ENAMETOOLONG") return undefined;
  throw error;
}

function send(
  reply: Reply,
  file: File | undefined,
  writer: ResponseWriter,
  res: ServerResponse,
): Promise<void> {
  const { status, headers, range, text } = reply;
  writer.writeHead(status, headers);
  if (!file || !range || file.size === 0 || res.req.method === "HEAD") {
    writer.close(text ? Buffer.from(text) : undefined);
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
