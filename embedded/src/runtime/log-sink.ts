import { writeSync } from "node:fs";

const STDERR = 2;
/** Lines kept back at most: a busy moment is written in a few calls, memory stays bounded. */
const FLUSH_BYTES = 64 * 1024;
const RETRY_MS = 2;

let lines: string[] = [];
let size = 0;
let scheduled = false;
const pause = new Int32Array(new SharedArrayBuffer(4));

/** Queues one line (with its newline) for standard error; written together with others once the current work is done. */
export function writeLine(line: string): void {
  lines.push(line);
  size += line.length;
  if (size >= FLUSH_BYTES) flushLogs();
  else if (!scheduled) {
    scheduled = true;
    setImmediate(flushLogs);
  }
}

/** Writes what is queued, at once: before the process ends, nothing may stay behind. */
export function flushLogs(): void {
  scheduled = false;
  if (size === 0) return;
  let rest = Buffer.from(lines.join(""), "utf8");
  lines = [];
  size = 0;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(STDERR, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The reader is slow: wait for it, so that no line is lost or torn.
      if (code === "EAGAIN") Atomics.wait(pause, 0, 0, RETRY_MS);
      // Nobody reads any more; there is nowhere left to say so.
      else return;
    }
  }
}

process.on("exit", flushLogs);
