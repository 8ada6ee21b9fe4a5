import { randomFillSync } from "node:crypto";

/** Random bytes are taken from the system 4 KiB at a time: one system call for 170 spans. */
const pool = Buffer.allocUnsafeSlow(4096);
let used = pool.length;

function randomHex(bytes: number): string {
  for (;;) {
    if (used + bytes > pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    const hex = pool.toString("hex", used, used + bytes);
    used += bytes;
    if (!/^0+$/.test(hex)) return hex; // W3C: an id of zeros is invalid
  }
}

/** A new W3C trace id: 32 lower-case hex digits. */
export function newTraceId(): string {
  return randomHex(16);
}

/** A new W3C span id: 16 lower-case hex digits. */
export function newSpanId(): string {
  return randomHex(8);
}
