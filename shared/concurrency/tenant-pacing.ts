/** For so long after its last work a tenant counts as active. */
const latelyMs = 15_000;
const longestRestMs = 500;
/** Pieces of work that a tenant may have in one go before they are a flood, and regains each second. */
const burst = 1_000;
const regainedPerSecond = 100;
/** Tenants whose work is counted; more are looked through for those that have regained all. */
const mostCounted = 1_000;

/** Says how long a tenant that has much to do rests, so that others have their part of this process and of its database. */
export class TenantPacing {
  private last: string | undefined;
  private lastAt = Number.NEGATIVE_INFINITY;
  private severalAt = Number.NEGATIVE_INFINITY;
  private readonly restsUntil = new Map<string, number>();
  /** Pieces of work of each tenant that are not regained, as of a time. */
  private readonly counted = new Map<string, { pieces: number; at: number }>();

  /** `restShare` is how many times as long as its work a tenant rests beside others; `now` tells the time in milliseconds. */
  constructor(
    private readonly restShare: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** There is work of the tenant. */
  seen(tenantId: string): void {
    const now = this.now();
    if (tenantId !== this.last && now - this.lastAt < latelyMs) this.severalAt = now;
    this.last = tenantId;
    this.lastAt = now;
  }

  /** Whether there was work of more than one tenant in the last seconds. */
  get several(): boolean {
    return this.now() - this.severalAt < latelyMs;
  }

  /** Counts pieces of work of a tenant, and says whether they are a flood: more than it may have in one go. */
  isFlood(tenantId: string, pieces: number): boolean {
    if (this.counted.size >= mostCounted)
      for (const known of this.counted.keys()) if (this.open(known) === 0) this.counted.delete(known);
    const open = this.open(tenantId) + pieces;
    // However much it was, a flood is forgotten soon after its end.
    this.counted.set(tenantId, { pieces: Math.min(open, 2 * burst), at: this.now() });
    return open > burst;
  }

  private open(tenantId: string): number {
    const { pieces, at } = this.counted.get(tenantId) ?? { pieces: 0, at: 0 };
    return Math.max(0, pieces - ((this.now() - at) / 1_000) * regainedPerSecond);
  }

  /** How long a tenant rests after work that took so long, in milliseconds. */
  restAfter(workedMs: number): number {
    return Math.min(longestRestMs, workedMs * this.restShare);
  }

  /** Lets the tenant rest after work that took so long. */
  rest(tenantId: string, workedMs: number): void {
    this.restsUntil.set(tenantId, this.now() + this.restAfter(workedMs));
  }

  /** Tenants that rest, and when the first of them is through with it. */
  resting(): { tenants: string[]; endsInMs?: number } {
    const now = this.now();
    for (const [tenantId, until] of this.restsUntil) if (until <= now) this.restsUntil.delete(tenantId);
    const tenants = [...this.restsUntil.keys()];
    if (tenants.length === 0) return { tenants };
    return { tenants, endsInMs: Math.min(...this.restsUntil.values()) - now };
  }
}
