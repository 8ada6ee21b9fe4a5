import { createHash } from "node:crypto";

interface Entry<T> {
  verification: Promise<T>;
  staleAt: number;
}

export interface VerificationCacheOptions<T, TCredential> {
  /** Asks whoever knows. A rejection is not kept. */
  verify: (credential: TCredential) => Promise<T>;
  /** What an answer holds for. */
  keyOf: (credential: TCredential) => string;
  /** Whether an answer may be kept; by default each may. */
  keep?: (answer: T) => boolean;
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
export class VerificationCache<T, TCredential = string> {
  private readonly entries = new Map<string, Entry<T>>();

  constructor(private readonly options: VerificationCacheOptions<T, TCredential>) {}

  async get(credential: TCredential): Promise<T> {
    const now = (this.options.now ?? Date.now)();
    const key = this.digest(credential);
    const known = this.entries.get(key);
    if (known !== undefined && known.staleAt > now) return await known.verification;
    this.entries.delete(key);
    const entry = { verification: this.options.verify(credential), staleAt: now + this.options.maxAgeMs };
    this.entries.set(key, entry);
    if (this.entries.size > this.options.maxEntries) this.entries.delete(this.entries.keys().next().value!);
    try {
      const answer = await entry.verification;
      if (this.options.keep?.(answer) === false) this.drop(key, entry);
      return answer;
    } catch (error) {
      this.drop(key, entry);
      throw error;
    }
  }

  /** Asks anew the next time. */
  forget(credential: TCredential): void {
    this.entries.delete(this.digest(credential));
  }

  private drop(key: string, entry: Entry<T>): void {
    if (this.entries.get(key) === entry) this.entries.delete(key);
  }

  private digest(credential: TCredential): string {
    return createHash("sha256").update(this.options.keyOf(credential)).digest("base64");
  }
}
