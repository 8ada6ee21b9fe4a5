import type { IncomingMessage } from "node:http";
import { type ApiError, invalidArgument } from "../errors.js";

/** A client that sends nothing for so long is given up. */
const IDLE_MS = 60_000;
const SWEEP_MS = 10_000;

/** Called once, with the body or with why there is none. Not called when the client goes away. */
export type BodyCallback = (error: ApiError | undefined, body: Buffer | undefined) => void;

/** A body that is being read. */
interface Reading {
  req: IncomingMessage;
  /** How many sweeps have passed since its last bytes. */
  idleSweeps: number;
}

/** All bodies under way: one timer watches over them, where a timer each would cost more than most bodies. */
const readings = new Set<Reading>();
let watching = false;

function sweep(): void {
  for (const reading of readings) {
    if (++reading.idleSweeps > IDLE_MS / SWEEP_MS) reading.req.destroy();
  }
}

/** Reads a request's body into memory, up to `limit` bytes (`null`: no limit). */
export function readBody(req: IncomingMessage, limit: number | null, done: BodyCallback): void {
  if (!watching) {
    watching = true;
    setInterval(sweep, SWEEP_MS).unref();
  }
  const reading: Reading = { req, idleSweeps: 0 };
  readings.add(reading);
  let chunks: Buffer[] = [];
  let size = 0;
  req.on("data", (chunk: Buffer) => {
    if (!readings.has(reading)) return;
    reading.idleSweeps = 0;
    size += chunk.length;
    if (limit === null || size <= limit) {
      chunks.push(chunk);
      return;
    }
    readings.delete(reading);
    chunks = [];
    done(bodyTooLarge(), undefined);
  });
  req.on("end", () => {
    if (readings.delete(reading)) done(undefined, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  });
  // The connection is gone: there is nobody to answer.
  req.on("error", () => readings.delete(reading));
}

/** The official runtime answers 400, not 413, to a typed request that is too large. */
function bodyTooLarge(): ApiError {
  return invalidArgument("unable to read request body: length limit exceeded");
}
