/** Floods have their turn for so long, once in each period. */
const TURN_MS = 10;
const PERIOD_MS = 100;
/** A tenant that did not use all of its slots for so long has no flood any more. */
const OVER_AFTER_MS = 1_000;
/** Messages that a tenant may have in one go before they are a flood, and regains each second. */
const BURST = 200;
const REGAINED_PER_SECOND = 50;
/** Tenants whose messages are counted; more are looked through for those that have regained all. */
const MOST_COUNTED = 1_000;

/**
 * Tenants that use all that they may have beside others, and for more than a short burst: whose events pile up once, behind
 * anything slow, is none. They are taken from together, for a part of the time: in bursts a flood costs least, and the rest
 * of the time is left to the others.
 */
export class Floods {
  private readonly seenAt = new Map<string, number>();
  /** Messages of each tenant that are not regained, as of a time. */
  private readonly counted = new Map<string, { messages: number; at: number }>();

  /** `clock` tells the time in milliseconds. */
  constructor(private readonly clock: () => number = () => performance.now()) {}

  /** So many messages of a tenant were taken. Those of no tenant (empty) are no flood. */
  took(tenant: string, messages: number): void {
    if (tenant === "") return;
    if (this.counted.size >= MOST_COUNTED)
      for (const known of this.counted.keys()) if (this.open(known) === 0) this.counted.delete(known);
    // However much it was, it is forgotten soon after its end.
    const open = Math.min(this.open(tenant) + messages, 2 * BURST);
    this.counted.set(tenant, { messages: open, at: this.clock() });
  }

  /** A tenant has all that it may have. */
  saw(tenant: string): void {
    if (this.open(tenant) > BURST) this.seenAt.set(tenant, this.clock());
  }

  private open(tenant: string): number {
    const { messages, at } = this.counted.get(tenant) ?? { messages: 0, at: 0 };
    return Math.max(0, messages - ((this.clock() - at) / 1_000) * REGAINED_PER_SECOND);
  }

  /** There is nobody whom floods could harm. */
  clear(): void {
    this.seenAt.clear();
  }

  /** The tenants whose flood has to wait now, and for how long. */
  now(): { waiting: string[]; turnInMs: number } {
    const now = this.clock();
    for (const [tenant, at] of this.seenAt) if (now - at > OVER_AFTER_MS) this.seenAt.delete(tenant);
    const place = now % PERIOD_MS;
    return { waiting: place < TURN_MS ? [] : [...this.seenAt.keys()], turnInMs: PERIOD_MS - place };
  }
}
