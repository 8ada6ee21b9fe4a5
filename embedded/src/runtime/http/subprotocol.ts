import { invalidArgument } from "../errors.js";

const PREFIX = "encore.dev.headers.";
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;
const FORBIDDEN = new Set([
  "accept-charset",
  "accept-encoding",
  "access-control-request-headers",
  "access-control-request-method",
  "connection",
  "content-length",
  "cookie",
  "date",
  "dnt",
  "expect",
  "host",
  "keep-alive",
  "origin",
  "permissions-policy",
  "referer",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
]);

/**
 * Browsers cannot set headers on a WebSocket: the generated client sends them
 * inside a subprotocol, as base 64 of a JSON object. Answers the request's
 * headers with those unpacked and that protocol removed. Throws `invalid_argument`.
 */
export function unpackHeaders(raw: readonly string[]): string[] {
  const headers: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    if (name.toLowerCase() !== "sec-websocket-protocol" || !value.includes(PREFIX)) {
      headers.push(name, value);
      continue;
    }
    const kept: string[] = [];
    for (const protocol of value.split(",").map((text) => text.trim())) {
      if (protocol.startsWith(PREFIX)) headers.push(...parse(protocol.slice(PREFIX.length)));
      else kept.push(protocol);
    }
    if (kept.length > 0) headers.push(name, kept.join(", "));
  }
  return headers;
}

function parse(encoded: string): string[] {
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(encoded, "base64url").toString("utf8"));
  } catch {
    fields = undefined;
  }
  if (typeof fields !== "object" || fields === null) throw refused();
  return Object.entries(fields).flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    const allowed = HEADER_NAME.test(name) && !FORBIDDEN.has(lower) && !/^(sec|proxy)-/.test(lower);
    if (!allowed || typeof value !== "string" || !HEADER_VALUE.test(value)) throw refused();
    return [lower, value];
  });
}

function refused(): Error {
  return invalidArgument("invalid auth data passed in websocket protocol header");
}
