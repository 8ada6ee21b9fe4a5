import { createHash } from "node:crypto";

interface Entry<T> {
  verification: Promise<T>;
  staleAt: number;
}

export interface VerificationCacheOptions<T> {
  /** Asks whoever knows. A rejection is not kept. */
  verify: (credential: string) => Promise<T>;
  /** How long an answer holds, and so how long a removed member still gets in. */
  maxAgeMs: number;
  /** Answers kept at most; the oldest goes first. */
  maxEntries: number;
  now?: () => number;
}

/**
 * Remembers for a short while what a credential stands for. Requests with the same credential at the same time
 * share one question. Credentials are kept as their SHA-256 only.
 */
export class VerificationCache<T> {
  private readonly entries = new Map<string, Entry<T>>();

  constructor(private readonly options: VerificationCacheOptions<T>) {}

  async get(credential: string): Promise<T> {
    const now = (this.options.now ?? Date.now)();
    const key = createHash("sha256").update(credential).digest("base64");
    const known = this.entries.get(key);
    if (known !== undefined && known.staleAt > now) return await known.verification;
    this.entries.delete(key);
    const entry = { verification: this.options.verify(credential), staleAt: now + this.options.maxAgeMs };
    this.entries.set(key, entry);
    if (this.entries.size > this.options.maxEntries) this.entries.delete(this.entries.keys().next().value!);
    try {
      return await entry.verification;
    } catch (error) {
      if (this.entries.get(key) === entry) this.entries.delete(key);
      throw error;
    }
  }
}
