export interface FreshCacheOptions {
  /** Tenants kept; the one loaded longest ago leaves first. 1,000 by default. */
  maxEntries?: number;
  /** Milliseconds on a clock; `Date.now` by default. */
  now?: () => number;
}

interface Entry<T> {
  loadedAt: number;
  value: Promise<T>;
}

/**
 * Copies of what a tenant has set, each good for events that happened before it was loaded: an event is never judged by
 * settings older than itself. Events of one tenant that arrive together share a copy.
 */
export class FreshCache<T> {
  private readonly entries = new Map<string, Entry<T>>();

  constructor(
    private readonly load: (tenantId: string) => Promise<T>,
    private readonly options: FreshCacheOptions = {},
  ) {}

  /** What was set at `since` (milliseconds since 1970) or later. */
  async get(tenantId: string, since: number): Promise<T> {
    const { maxEntries = 1_000, now = Date.now } = this.options;
    const known = this.entries.get(tenantId);
    if (known !== undefined && known.loadedAt > since) return await known.value;
    const entry = { loadedAt: now(), value: this.load(tenantId) };
    this.entries.delete(tenantId);
    this.entries.set(tenantId, entry);
    const [oldest] = this.entries.keys();
    if (this.entries.size > maxEntries && oldest !== undefined) this.entries.delete(oldest);
    try {
      return await entry.value;
    } catch (error) {
      if (this.entries.get(tenantId) === entry) this.entries.delete(tenantId);
      throw error;
    }
  }
}
