import { CommandError } from "./backend.js";

/** Kinds of values; a command for one of them fails on another. */
export type Value =
  | { kind: "string"; data: Buffer }
  | { kind: "list"; items: Buffer[] }
  /** Members by their bytes. */
  | { kind: "set"; members: Map<string, Buffer> };

interface Entry {
  value: Value;
  size: number;
  expiresAt?: number;
}

/** What an entry costs beside its bytes. */
const ENTRY_OVERHEAD = 100;
const ITEM_OVERHEAD = 40;
/** Entries with a time limit looked at in one sweep. */
const SWEEP_BATCH = 20_000;
const SWEEP_MS = 1000;

/** Keys with their values, within a limit of memory; least recently used first. */
export class MemoryKeyspace {
  readonly #entries = new Map<string, Entry>();
  readonly #volatile = new Set<string>();
  #bytes = 0;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(
    private readonly options: { maxBytes: number; evictionPolicy: string },
    private readonly now: () => number = Date.now,
  ) {}

  /** The value of a key, which counts as a use. */
  get(key: string): Value | undefined {
    const entry = this.#live(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Sets or replaces a value; the time limit of the key stays. Empty lists and sets are removed, as in Redis. */
  put(key: string, value: Value): void {
    const before = this.#live(key);
    this.delete(key);
    if (
      (value.kind === "list" && value.items.length === 0) ||
      (value.kind === "set" && value.members.size === 0)
    )
      return;
    const entry: Entry = {
      value,
      size: sizeOf(key, value),
      ...(before?.expiresAt === undefined ? {} : { expiresAt: before.expiresAt }),
    };
    this.#makeRoom(entry.size);
    this.#entries.set(key, entry);
    this.#bytes += entry.size;
    if (entry.expiresAt !== undefined) this.#volatile.add(key);
  }

  delete(key: string): boolean {
    const entry = this.#live(key);
    if (entry === undefined) return false;
    this.#remove(key, entry);
    return true;
  }

  /** Limits the life of a key (milliseconds since 1970), or lets it live for ever. */
  expire(key: string, at: number | undefined): boolean {
    const entry = this.#live(key);
    if (entry === undefined) return false;
    if (at === undefined) {
      delete entry.expiresAt;
      this.#volatile.delete(key);
      return true;
    }
    entry.expiresAt = at;
    this.#volatile.add(key);
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
    return true;
  }

  close(): void {
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry?.expiresAt === undefined || entry.expiresAt > this.now()) return entry;
    this.#remove(key, entry);
    return undefined;
  }

  #remove(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#volatile.delete(key);
    this.#bytes -= entry.size;
  }

  /** Values that nobody asks for any more must go, too. */
  #sweep(): void {
    let looked = 0;
    for (const key of this.#volatile) {
      if (looked++ === SWEEP_BATCH) break;
      // Looked at: behind those that were not.
      this.#volatile.delete(key);
      if (this.#live(key) !== undefined) this.#volatile.add(key);
    }
    if (this.#volatile.size === 0) this.close();
  }

  #makeRoom(size: number): void {
    while (this.#bytes + size > this.options.maxBytes) {
      const victim = this.#victim();
      const entry = victim === undefined ? undefined : this.#entries.get(victim);
      if (victim === undefined || entry === undefined)
        throw new CommandError("OOM command not allowed when used memory > 'maxmemory'.");
      this.#remove(victim, entry);
    }
  }

  /** By the cluster's policy. Frequency is not counted: the LFU policies evict as the LRU ones. */
  #victim(): string | undefined {
    const { evictionPolicy: policy } = this.options;
    if (policy === "noeviction") return undefined;
    if (policy === "volatile-ttl") {
      let soonest: string | undefined;
      let at = Number.POSITIVE_INFINITY;
      for (const key of this.#volatile) {
        const expiresAt = this.#entries.get(key)?.expiresAt ?? at;
        if (expiresAt < at) [soonest, at] = [key, expiresAt];
      }
      return soonest;
    }
    for (const key of this.#entries.keys())
      if (!policy.startsWith("volatile-") || this.#volatile.has(key)) return key;
    return undefined;
  }
}

function sizeOf(key: string, value: Value): number {
  const base = ENTRY_OVERHEAD + Buffer.byteLength(key);
  if (value.kind === "string") return base + value.data.length;
  const items = value.kind === "list" ? value.items : value.members.values();
  let size = base;
  for (const item of items) size += ITEM_OVERHEAD + item.length;
  return size;
}
