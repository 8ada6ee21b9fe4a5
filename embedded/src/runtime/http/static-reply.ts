import type { IncomingMessage } from "node:http";
import { lookup } from "mrmime";

/** Files stamped earlier than this carry no real time: image builds reset it. */
const REAL_TIME_AFTER = Date.UTC(1980, 0, 1);

/** A file that exists. */
export interface File {
  path: string;
  size: number;
  modifiedMs: number;
}

/** How the files of an endpoint are answered. */
export interface ReplyOptions {
  /** Name and value pairs from the endpoint's options. */
  headers: string[];
  /** Stands for the app's revision; used for files without a real time. */
  etag: string | undefined;
}

/** What a file is answered with. */
export interface Reply {
  status: number;
  headers: string[];
  /** The bytes to send; undefined: none of the file. */
  range: { start: number; end: number } | undefined;
  /** Sent in place of the file. */
  text?: string;
}

/** What is told of a file, however it is answered. */
export function contentHeaders(file: File): string[] {
  return ["content-type", lookup(file.path) ?? "application/octet-stream", "accept-ranges", "bytes"];
}

/** The whole file. */
export function wholeFile(file: File, status: number, headers: string[]): Reply {
  return {
    status,
    headers: [...headers, "content-length", String(file.size)],
    range: { start: 0, end: file.size - 1 },
  };
}

/** Evaluates the preconditions of RFC 9110 that the official runtime knows, then the range. */
export function replyFor(file: File, options: ReplyOptions, req: IncomingMessage): Reply {
  const isSet = (name: string): boolean =>
    options.headers.some((text, i) => i % 2 === 0 && text.toLowerCase() === name);
  const hasTime = file.modifiedMs > REAL_TIME_AFTER && !isSet("last-modified");
  const modified = Math.floor(file.modifiedMs / 1000) * 1000;
  const etag = hasTime || isSet("etag") ? undefined : options.etag;
  const validators = hasTime
    ? ["last-modified", new Date(modified).toUTCString()]
    : etag
      ? ["etag", etag]
      : [];
  if (Date.parse(req.headers["if-unmodified-since"] ?? "") < modified) return nothing(412, options.headers);
  if (notModified(req, etag, hasTime ? modified : undefined)) {
    return nothing(304, ["accept-ranges", "bytes", ...validators, ...options.headers]);
  }
  const headers = [...contentHeaders(file), ...validators, ...options.headers];
  const range = rangeHolds(req, etag) ? parseRange(req.headers.range, file.size) : undefined;
  if (!range) return wholeFile(file, 200, headers);
  if ("refused" in range) {
    const told = [...contentHeaders(file), "content-range", `bytes */${file.size}`, ...options.headers];
    return { ...nothing(416, told), text: range.refused };
  }
  const length = range.end - range.start + 1;
  const part = [
    "content-range",
    `bytes ${range.start}-${range.end}/${file.size}`,
    "content-length",
    String(length),
  ];
  return { status: 206, headers: [...headers, ...part], range };
}

function nothing(status: number, headers: string[]): Reply {
  return { status, headers, range: undefined };
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

/** One range of bytes. Several are refused, and one that asks for more of the end than there is. */
function parseRange(
  header: string | undefined,
  size: number,
): { start: number; end: number } | { refused: string } | undefined {
  if (header === undefined) return undefined;
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  const [, first = "", last = ""] = match ?? [];
  if (!match || first + last === "") {
    return {
      refused: /^bytes=[\d-]+(,\s*[\d-]+)+$/.test(header.trim())
        ? "Cannot serve multipart range requests"
        : "",
    };
  }
  const start = first === "" ? size - Number(last) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return start < 0 || start > end ? { refused: "" } : { start, end };
}
