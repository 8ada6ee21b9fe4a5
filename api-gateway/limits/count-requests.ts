import type postgres from "postgres";

/** One request to be counted: for its caller, and where the caller has one, for the tenant. */
export interface Ask {
  caller: string;
  callerLimit: number;
  tenant?: string;
  tenantLimit?: number;
}

/** Where a counter stands after a request. */
export interface Standing {
  /** Requests allowed in a window. */
  limit: number;
  remaining: number;
  resetSeconds: number;
}

/** Whether a request may go on, and what is left. */
export interface Verdict {
  refusedBy?: "caller" | "tenant";
  caller: Standing;
  /** Absent where there is no tenant, or the caller was refused already. */
  tenant?: Standing;
}

/** A counter as the store answers it: uses in the window, those just counted included. */
export interface Counted {
  used: number;
  resetMs: number;
}

/** How many requests to add to which counters; a tenant is charged for those that its callers' limits let through. */
export interface Charge {
  caller: string;
  callerLimit: number;
  tenant: string | null;
  count: number;
}

/** Adds to counters and answers them by key. */
export type CountStore = (charges: Charge[]) => Promise<Map<string, Counted>>;

/**
 * Counters in Postgres, shared by all instances: one statement for all charges. Rows are locked in the order of
 * their keys, callers before tenants, so that statements of several instances never wait for each other in a ring.
 */
export function postgresCountStore(sql: postgres.Sql, windowMs: number): CountStore {
  return async (charges) => {
    const rows = await sql<{ key: string; used: number; resetMs: number }[]>`
      with asked as (
        select * from unnest(
          ${charges.map((charge) => charge.caller)}::text[], ${charges.map((charge) => charge.tenant)}::text[],
          ${charges.map((charge) => charge.count)}::bigint[],
          ${charges.map((charge) => charge.callerLimit)}::bigint[]
        ) as a (caller, tenant, n, caller_limit)
      ), callers as (
        insert into request_counts as c (key, used, resets_at)
        select caller, n, now() + ${windowMs}::int * interval '1 millisecond' from asked order by caller
        on conflict (key) do update set
          used = case when c.resets_at <= now() then excluded.used else c.used + excluded.used end,
          resets_at = case when c.resets_at <= now() then excluded.resets_at else c.resets_at end
        returning key, used, resets_at
      ), admitted as (
        select tenant, sum(greatest(0, least(n, caller_limit - (used - n))))::bigint as n
        from asked join callers on key = caller where tenant is not null group by tenant
      ), tenants as (
        insert into request_counts as c (key, used, resets_at)
        select tenant, n, now() + ${windowMs}::int * interval '1 millisecond' from admitted where n > 0 order by tenant
        on conflict (key) do update set
          used = case when c.resets_at <= now() then excluded.used else c.used + excluded.used end,
          resets_at = case when c.resets_at <= now() then excluded.resets_at else c.resets_at end
        returning key, used, resets_at
      )
      select key, used::float8 as used,
             greatest(0, extract(epoch from resets_at - now()) * 1000)::float8 as "resetMs"
      from (select * from callers union all select * from tenants) counted`;
    return new Map(rows.map(({ key, used, resetMs }) => [key, { used, resetMs }]));
  };
}

/** Counts requests at once and gives each its verdict, in the order they came. */
export async function countRequests(store: CountStore, asks: Ask[]): Promise<Verdict[]> {
  const charges = new Map<string, Charge>();
  for (const { caller, callerLimit, tenant = null } of asks) {
    const known = charges.get(caller);
    if (known === undefined) charges.set(caller, { caller, callerLimit, tenant, count: 1 });
    else known.count += 1;
  }
  const counted = await store([...charges.values()]);
  const callers = new Positions(counted);
  for (const { caller, count } of charges.values()) callers.reserve(caller, count);
  const fromCaller = asks.map((ask) => callers.take(ask.caller, charges.get(ask.caller)!.callerLimit));
  const tenants = new Positions(counted);
  asks.forEach((ask, index) => {
    if (ask.tenant !== undefined && fromCaller[index]!.allowed) tenants.reserve(ask.tenant, 1);
  });
  return asks.map((ask, index) => {
    const caller = fromCaller[index]!;
    if (!caller.allowed) return { refusedBy: "caller", caller: caller.standing };
    if (ask.tenant === undefined) return { caller: caller.standing };
    const tenant = tenants.take(ask.tenant, ask.tenantLimit ?? 0);
    return {
      ...(!tenant.allowed && { refusedBy: "tenant" as const }),
      caller: caller.standing,
      tenant: tenant.standing,
    };
  });
}

/** Hands the places that a statement counted to the requests it counted them for. */
class Positions {
  private readonly next = new Map<string, number>();

  constructor(private readonly counted: Map<string, Counted>) {}

  reserve(key: string, count: number): void {
    this.next.set(key, (this.next.get(key) ?? this.of(key).used) - count);
  }

  take(key: string, limit: number): { allowed: boolean; standing: Standing } {
    const position = (this.next.get(key) ?? 0) + 1;
    this.next.set(key, position);
    const resetSeconds = Math.max(1, Math.ceil(this.of(key).resetMs / 1000));
    return {
      allowed: position <= limit,
      standing: { limit, remaining: Math.max(0, limit - position), resetSeconds },
    };
  }

  private of(key: string): Counted {
    const counted = this.counted.get(key);
    if (counted === undefined) throw new Error("The store did not answer a counter that was charged.");
    return counted;
  }
}
