import { randomUUID } from "node:crypto";
import postgres from "postgres";
import { afterAll, describe, expect, it } from "vitest";
import { newCaller } from "../../shared/__tests__/callers.js";
import { connectionString, db } from "../db.js";
import { requireEventAllowance, takeFromAll, takeTogether } from "../limits/count-events.js";
import { minuteUsage } from "../limits/usage.js";

const instances = [1, 2, 3].map(() => postgres(connectionString, { max: 4, onnotice: () => {} }));

afterAll(async () => {
  await Promise.all(instances.map((sql) => sql.end()));
});

const counters = (tenant: string, caller: string, limits: { caller: number; tenant: number }) => [
  { key: `events:caller:${tenant}:${caller}`, limit: limits.caller },
  { key: `events:tenant:${tenant}`, limit: limits.tenant },
];

describe("limits of events", () => {
  it("let exactly as many through as allowed, over several instances at once", async () => {
    const tenant = randomUUID();
    const limits = { caller: 1_000, tenant: 97 };
    const refusals = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        takeFromAll(instances[index % 3]!, counters(tenant, `key:${index % 4}`, limits), 3),
      ),
    );
    expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(32);
    expect((await minuteUsage(db, tenant)).eventsThisMinute).toBe(96);
  });

  it("take all events of a batch or none: what does not fit leaves room for what does", async () => {
    const tenant = randomUUID();
    const own = counters(tenant, "key:1", { caller: 10, tenant: 12 });
    expect(await takeFromAll(instances[0]!, own, 8)).toBeUndefined();
    expect(await takeFromAll(instances[1]!, own, 5)).toMatchObject({ limit: 10, used: 8 });
    expect(await takeFromAll(instances[2]!, own, 2)).toBeUndefined();
    const other = counters(tenant, "key:2", { caller: 10, tenant: 12 });
    expect(await takeFromAll(instances[0]!, other, 3)).toMatchObject({
      key: `events:tenant:${tenant}`,
      used: 10,
    });
    expect(await takeFromAll(instances[0]!, other, 2)).toBeUndefined();
    expect(
      await takeFromAll(instances[0]!, counters(tenant, "key:3", { caller: 10, tenant: 12 }), 11),
    ).toMatchObject({
      limit: 10,
      used: 0,
    });
  });

  it("count requests that come together at once, and each by itself where not all fit", async () => {
    const own = counters(randomUUID(), "key:1", { caller: 10, tenant: 12 });
    const taken = await takeTogether(
      instances[0]!,
      [8, 5, 2].map((count) => ({ counters: own, count })),
    );
    expect(taken).toMatchObject([undefined, { limit: 10, used: 8 }, undefined]);
  });

  it("are those of the caller's plan, and say when to come again", async () => {
    const caller = newCaller("event:ingest");
    await requireEventAllowance(caller, 1_000);
    await expect(requireEventAllowance(caller, 2_000_000)).rejects.toMatchObject({
      code: "resource_exhausted",
      details: { reason: "events_limited", limitedBy: "caller", limit: 960_000, used: 1_000 },
    });
    expect((await minuteUsage(db, caller.tenantId)).eventsThisMinute).toBe(1_000);
  });
});
