/** For so long after its last work a tenant counts as active. */
const latelyMs = 15_000;
const longestRestMs = 500;

/** Says how long a tenant that has much to do rests, so that others have their part of this process and of its database. */
export class TenantPacing {
  private last: string | undefined;
  private lastAt = Number.NEGATIVE_INFINITY;
  private severalAt = Number.NEGATIVE_INFINITY;
  private readonly restsUntil = new Map<string, number>();

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
