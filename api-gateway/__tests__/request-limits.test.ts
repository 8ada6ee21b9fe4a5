import { randomUUID } from "node:crypto";
import postgres from "postgres";
import { afterAll, describe, expect, it } from "vitest";
import { connectionString } from "../db.js";
import { type Ask, type CountStore, postgresCountStore } from "../limits/count-requests.js";
import { localCountStore } from "../limits/local-counts.js";
import { RequestLimiter } from "../limits/request-limiter.js";

const connections: postgres.Sql[] = [];
const windowMs = 60_000;

/** An instance of the gateway: connections, queue and local counters of its own. */
function instance(options: { windowMs?: number; shared?: CountStore } = {}): RequestLimiter {
  const sql = postgres(connectionString, { max: 2, onnotice: () => {} });
  connections.push(sql);
  return new RequestLimiter({
    shared: options.shared ?? postgresCountStore(sql, options.windowMs ?? windowMs),
    local: localCountStore(windowMs),
    timeoutMs: 5_000,
    retryAfterMs: 60_000,
    onFailure: () => {
      if (options.shared === undefined) throw new Error("the shared counters did not answer");
    },
  });
}

const ask = (tenant: string, caller: string, limits: { caller: number; tenant: number }): Ask => ({
  caller: `caller:${tenant}:${caller}`,
  callerLimit: limits.caller,
  tenant: `tenant:${tenant}`,
  tenantLimit: limits.tenant,
});

const admitted = (verdicts: { refusedBy?: string }[]) =>
  verdicts.filter((verdict) => verdict.refusedBy === undefined).length;

afterAll(async () => {
  await Promise.all(connections.map((sql) => sql.end()));
});

describe("limits of requests", () => {
  it("let exactly as many through as allowed, over several instances at once", async () => {
    const instances = [instance(), instance(), instance()];
    const tenant = randomUUID();
    const verdicts = await Promise.all(
      Array.from({ length: 600 }, (_, index) =>
        instances[index % 3]!.check(ask(tenant, `user:${index % 5}`, { caller: 1_000, tenant: 137 })),
      ),
    );
    expect(admitted(verdicts)).toBe(137);
    const remaining = verdicts.filter((each) => !each.refusedBy).map((each) => each.tenant!.remaining);
    expect(remaining.sort((a, b) => a - b)).toEqual(Array.from({ length: 137 }, (_, index) => index));
  });

  it("charge the tenant nothing for what its callers' own limits refuse", async () => {
    const instances = [instance(), instance()];
    const tenant = randomUUID();
    const limits = { caller: 10, tenant: 15 };
    const flood = await Promise.all(
      Array.from({ length: 200 }, (_, index) => instances[index % 2]!.check(ask(tenant, "loud", limits))),
    );
    expect(admitted(flood)).toBe(10);
    expect(flood.filter((verdict) => verdict.refusedBy === "caller")).toHaveLength(190);
    const quiet = await Promise.all(
      Array.from({ length: 10 }, () => instances[0]!.check(ask(tenant, "quiet", limits))),
    );
    expect(admitted(quiet)).toBe(5);
    expect(quiet.at(-1)).toMatchObject({ refusedBy: "tenant", tenant: { limit: 15, remaining: 0 } });
  });

  it("start anew when the window ends", async () => {
    const limiter = instance({ windowMs: 50 });
    const request = ask(randomUUID(), "user", { caller: 1, tenant: 5 });
    expect(admitted([await limiter.check(request), await limiter.check(request)])).toBe(1);
    await expect.poll(async () => (await limiter.check(request)).refusedBy, { interval: 60 }).toBeUndefined();
  });

  it("do not mix tenants", async () => {
    const limiter = instance();
    const limits = { caller: 3, tenant: 3 };
    const [one, other] = [randomUUID(), randomUUID()];
    const verdicts = await Promise.all(
      Array.from({ length: 12 }, (_, index) => limiter.check(ask(index % 2 ? one : other, "user", limits))),
    );
    expect(admitted(verdicts)).toBe(6);
  });

  it("hold by this instance alone where the shared counters fail", async () => {
    let asked = 0;
    const limiter = instance({
      shared: async () => {
        asked += 1;
        throw new Error("the database is down");
      },
    });
    const request = ask(randomUUID(), "user", { caller: 4, tenant: 100 });
    const verdicts = await Promise.all(Array.from({ length: 10 }, () => limiter.check(request)));
    expect(admitted(verdicts)).toBe(4);
    expect(asked).toBe(1);
  });
});
