import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";

const compress = promisify(gzip);

/** A file that anyone may read, kept in memory with its compressed form. */
export interface PublishedFile {
  body: Buffer;
  compressed: Buffer;
  contentType: string;
  etag: string;
}

/** Prepares a file for `sendFile`. */
export async function publishedFile(body: Buffer, contentType: string): Promise<PublishedFile> {
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  return {
    body,
    compressed: await compress(body, { level: constants.Z_BEST_COMPRESSION }),
    contentType,
    etag,
  };
}

/** Answers with a file: 304 where the caller has it already (RFC 9110, 13.1.2), compressed where gzip is accepted. */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: PublishedFile,
  headers: Record<string, string> = {},
): void {
  const zipped = acceptsGzip(request.headers["accept-encoding"]);
  for (const [name, value] of Object.entries({
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    Vary: "Accept-Encoding",
    // The compressed form is another representation, so the validator is a weak one.
    ETag: `W/${file.etag}`,
    ...headers,
  })) {
    response.setHeader(name, value);
  }
  if (hasCurrent(request.headers["if-none-match"], file.etag)) {
    response.writeHead(304).end();
    return;
  }
  const body = zipped ? file.compressed : file.body;
  response.writeHead(200, {
    "Content-Type": file.contentType,
    "Content-Length": body.length,
    ...(zipped ? { "Content-Encoding": "gzip" } : {}),
  });
  response.end(body);
}

function hasCurrent(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = ifNoneMatch?.split(",").map((tag) => tag.trim().replace(/^W\//, "")) ?? [];
  return known.includes(etag) || known.includes("*");
}

function acceptsGzip(acceptEncoding: string | string[] | undefined): boolean {
  return /(^|,)\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*(,|$))|,|$)/i.test(String(acceptEncoding ?? ""));
}
