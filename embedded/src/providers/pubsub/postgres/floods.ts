/** Floods have their turn for so long, once in each period. */
const TURN_MS = 10;
const PERIOD_MS = 100;
/** A tenant that did not use all of its slots for so long has no flood any more. */
const OVER_AFTER_MS = 1_000;

/**
 * Tenants that use all that they may have beside others. They are taken from together, for a part of the time: in bursts
 * a flood costs least, and the rest of the time is left to the others.
 */
export class Floods {
  private readonly seenAt = new Map<string, number>();

  /** `clock` tells the time in milliseconds. */
  constructor(private readonly clock: () => number = () => performance.now()) {}

  /** A tenant has all that it may have. Messages of no tenant (empty) are no flood. */
  saw(tenant: string): void {
    if (tenant !== "") this.seenAt.set(tenant, this.clock());
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
