import { createHash } from "node:crypto";

/** Slots of the SDK's buffer; the last one takes what no longer fits. */
const SLOTS = 10_000;
const OVERFLOW = SLOTS - 1;

/**
 * Which slot of the shared buffer belongs to which series. All threads of the
 * process allocate here without asking each other: an open-addressed table of
 * key hashes in shared memory, filled by compare-and-swap.
 */
export class SeriesDirectory {
  readonly #hashes: BigUint64Array;

  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(SLOTS * 8)) {
    this.#hashes = new BigUint64Array(memory);
  }

  /** The slot of a key, the same on every thread. `undefined`: no room for another series. */
  slotOf(key: string): number | undefined {
    // Zero marks a free slot.
    const hash = createHash("sha256").update(key).digest().readBigUInt64LE() | 1n;
    const start = Number(hash % BigInt(OVERFLOW));
    for (let step = 0; step < OVERFLOW; step++) {
      const slot = (start + step) % OVERFLOW;
      const found = Atomics.compareExchange(this.#hashes, slot, 0n, hash);
      if (found === 0n || found === hash) return slot;
    }
    return undefined;
  }

  /** Where values go that have no slot of their own; never shown. */
  get overflowSlot(): number {
    return OVERFLOW;
  }
}
