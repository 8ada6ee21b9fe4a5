import type { IncomingMessage } from "node:http";
import { type ApiError, invalidArgument } from "../errors.js";

/** A client that sends nothing for so long is given up. */
const IDLE_MS = 60_000;

/** Called once, with the body or with why there is none. Not called when the client goes away. */
export type BodyCallback = (error: ApiError | undefined, body: Buffer | undefined) => void;

/** Reads a request's body into memory, up to `limit` bytes (`null`: no limit). */
export function readBody(req: IncomingMessage, limit: number | null, done: BodyCallback): void {
  let chunks: Buffer[] = [];
  let size = 0;
  let settled = false;
  const settle = (error: ApiError | undefined, body: Buffer | undefined): void => {
    if (settled) return;
    settled = true;
    chunks = [];
    req.setTimeout(0);
    done(error, body);
  };
  req.setTimeout(IDLE_MS, () => req.destroy());
  req.on("data", (chunk: Buffer) => {
    if (settled) return;
    size += chunk.length;
    if (limit !== null && size > limit) return settle(bodyTooLarge(), undefined);
    chunks.push(chunk);
  });
  req.on("end", () => settle(undefined, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
  req.on("error", () => {
    // The connection is gone: there is nobody to answer.
    settled = true;
    chunks = [];
  });
}

/** The official runtime answers 400, not 413, to a typed request that is too large. */
export function bodyTooLarge(): ApiError {
  return invalidArgument("unable to read request body: length limit exceeded");
}
