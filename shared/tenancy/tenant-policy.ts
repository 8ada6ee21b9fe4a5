import { APIError } from "encore.dev/api";
import type { TenantPolicy } from "../../tenant-management/types.js";

export interface TenantPolicyCacheOptions {
  /** Asks tenant-management. */
  fetch: (tenantId: string) => Promise<TenantPolicy>;
  /** A copy is used for so long without asking again; 1 s by default. */
  maxAgeMs?: number;
  /** While tenant-management does not answer, the last known copy holds for so long; 10 min by default. */
  maxStaleMs?: number;
  /** An answer that takes longer counts as none; 2 s by default. */
  timeoutMs?: number;
  /** Tenants kept, the least recently asked for leave first; 10,000 by default. */
  maxEntries?: number;
  /** Milliseconds on a clock; `Date.now` by default. */
  now?: () => number;
}

interface Entry {
  policy?: TenantPolicy;
  fetchedAt: number;
  triedAt: number;
  pending?: Promise<TenantPolicy>;
}

/**
 * A service's copy of the tenants' policies: at most a second old, asked for once by any number of callers at the
 * same time, and kept while tenant-management is down.
 */
export class TenantPolicyCache {
  private readonly entries = new Map<string, Entry>();
  private readonly options: Required<TenantPolicyCacheOptions>;

  constructor(options: TenantPolicyCacheOptions) {
    this.options = {
      maxAgeMs: 1_000,
      maxStaleMs: 600_000,
      timeoutMs: 2_000,
      maxEntries: 10_000,
      now: Date.now,
      ...options,
    };
  }

  /** The tenant's policy. Throws what fetching threw where there is no copy to fall back on. */
  async get(tenantId: string): Promise<TenantPolicy> {
    const known = this.entries.get(tenantId);
    const entry = known ?? { fetchedAt: 0, triedAt: 0 };
    this.entries.delete(tenantId);
    this.entries.set(tenantId, entry);
    if (known === undefined) this.makeRoom();
    if (entry.policy !== undefined && this.options.now() - entry.triedAt < this.options.maxAgeMs) {
      return entry.policy;
    }
    entry.pending ??= this.refresh(tenantId, entry).finally(() => {
      entry.pending = undefined;
    });
    return await entry.pending;
  }

  /** Forgets one tenant's copy: the next caller asks anew. */
  forget(tenantId: string): void {
    this.entries.delete(tenantId);
  }

  private async refresh(tenantId: string, entry: Entry): Promise<TenantPolicy> {
    const startedAt = this.options.now();
    try {
      entry.policy = await this.fetchInTime(tenantId);
      entry.fetchedAt = startedAt;
      entry.triedAt = startedAt;
      return entry.policy;
    } catch (error) {
      const now = this.options.now();
      const usable = entry.policy !== undefined && now - entry.fetchedAt < this.options.maxStaleMs;
      if (!usable) {
        if (this.entries.get(tenantId) === entry) this.entries.delete(tenantId);
        throw error;
      }
      entry.triedAt = now;
      return entry.policy!;
    }
  }

  private async fetchInTime(tenantId: string): Promise<TenantPolicy> {
    const { timeoutMs } = this.options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(APIError.unavailable(`The tenant's policy was not read within ${timeoutMs} ms.`)),
        timeoutMs,
      );
    });
    try {
      return await Promise.race([this.options.fetch(tenantId), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private makeRoom(): void {
    if (this.entries.size <= this.options.maxEntries) return;
    const [oldest] = this.entries.keys();
    if (oldest !== undefined) this.entries.delete(oldest);
  }
}

/** Throws `permissionDenied` with the reason unless the tenant is active. */
export function requireActiveTenant(policy: Pick<TenantPolicy, "status">): void {
  switch (policy.status) {
    case "active":
      return;
    case "suspended":
      throw APIError.permissionDenied("The organization is suspended.").withDetails({
        reason: "tenant_suspended",
      });
    case "deleting":
    case "deleted":
      throw APIError.permissionDenied("The organization is being deleted.").withDetails({
        reason: "tenant_deleted",
      });
  }
}

/** Throws `resourceExhausted` with limit and use where one more would pass the tenant's limit. */
export function requireWithinQuota(quota: {
  name: string;
  limit: number;
  used: number;
  more?: number;
}): void {
  const { name, limit, used, more = 1 } = quota;
  if (used + more <= limit) return;
  throw APIError.resourceExhausted(`The organization's plan allows ${limit} ${name}.`).withDetails({
    reason: "quota_exceeded",
    limit,
    used,
  });
}
