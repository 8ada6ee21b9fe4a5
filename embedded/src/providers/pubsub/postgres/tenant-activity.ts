/** For so long after its last message a tenant counts as active. */
const LATELY_MS = 15_000;

/** Tells whether this process had messages of more than one tenant lately. */
export class TenantActivity {
  private last = "";
  private lastAt = Number.NEGATIVE_INFINITY;
  private severalAt = Number.NEGATIVE_INFINITY;

  /** `now` tells the time in milliseconds. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** A message of the tenant is in hand. Those of none (empty) do not count. */
  seen(tenant: string): void {
    if (tenant === "") return;
    const now = this.now();
    if (tenant !== this.last && now - this.lastAt < LATELY_MS) this.severalAt = now;
    this.last = tenant;
    this.lastAt = now;
  }

  /** Whether there were several tenants in the last seconds. */
  get several(): boolean {
    return this.now() - this.severalAt < LATELY_MS;
  }
}
