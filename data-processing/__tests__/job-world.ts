import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { expect } from "vitest";
import { data_processing } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import { claimJob, type JobClaim } from "../entity-conversion/domain/job-queue.js";
import type { ConversionJob, RuleDefinitionInput } from "../entity-conversion/types.js";
import { ruleWorld } from "../entity-conversion/world.js";
import { outbox } from "../schema.js";

/** What runs jobs in tests. */
export const runner = {
  db,
  world: (actor: { tenantId: string; userID: string }) => ruleWorld(actor, { fresh: true }),
};
/** A rule from people to contacts. */
export const definition: RuleDefinitionInput = {
  name: "people to contacts",
  source: { entity: "people" },
  target: { entity: "contacts" },
  naturalKey: ["id"],
  when: "record.age >= 18",
  mappings: [
    { target: "id", column: "id" },
    { target: "full_name", expression: 'joinText(" ", record.first_name, record.last_name)' },
    { target: "email", expression: "normalizeEmail(record.email)" },
    {
      target: "country",
      lookup: { entity: "countries", matchColumn: "code", equals: "record.country", valueColumn: "name" },
    },
  ],
};

/** A tenant with `count` people: every tenth is a minor, every seventh of an unknown country, every 25th without e-mail. */
export async function newTenant(count: number): Promise<{ authData: CallerIdentity; ruleId: string }> {
  const authData = newCaller();
  const text = (name: string, required = false) => ({ name, type: "text" as const, required });
  await data_processing.createWorkspaceEntity(
    {
      name: "people",
      fields: [
        { name: "id", type: "integer" },
        text("first_name"),
        text("last_name"),
        text("email"),
        text("country"),
        { name: "age", type: "integer" },
      ],
      primaryKey: ["id"],
    },
    { authData },
  );
  await data_processing.createWorkspaceEntity(
    { name: "countries", fields: [text("code"), text("name")], primaryKey: ["code"] },
    { authData },
  );
  await data_processing.createWorkspaceEntity(
    {
      name: "contacts",
      fields: [
        { name: "id", type: "integer" },
        text("full_name", true),
        text("email", true),
        text("country"),
      ],
      primaryKey: ["id"],
    },
    { authData },
  );
  await data_processing.loadRecords(
    {
      entity: "countries",
      records: [
        { code: "DE", name: "Germany" },
        { code: "FR", name: "France" },
      ],
    },
    { authData },
  );
  const records = Array.from({ length: count }, (_, at) => ({
    id: at + 1,
    first_name: `First${at + 1}`,
    last_name: "Last",
    email: (at + 1) % 25 === 0 ? null : ` P${at + 1}@Example.ORG`,
    country: (at + 1) % 7 === 0 ? "XX" : (at + 1) % 2 === 0 ? "DE" : "FR",
    age: (at + 1) % 10 === 0 ? 17 : 40,
  }));
  await data_processing.loadRecords({ entity: "people", records }, { authData });
  const rule = await data_processing.createRule({ definition }, { authData });
  return { authData, ruleId: rule.id };
}

/** What the rule makes of `count` people. */
export function expectedCounts(count: number) {
  const counts = { converted: 0, unchanged: 0, skipped: 0, failed: 0 };
  for (let id = 1; id <= count; id++) {
    if (id % 10 === 0) counts.skipped++;
    else if (id % 7 === 0 || id % 25 === 0) counts.failed++;
    else counts.converted++;
  }
  return counts;
}

/** Waits for a job to end. */
export async function ended(jobId: string, authData: CallerIdentity): Promise<ConversionJob> {
  return await expect
    .poll(async () => await data_processing.getJob({ jobId }, { authData }), {
      timeout: 20_000,
      interval: 20,
    })
    .toSatisfy((job: ConversionJob) => !["queued", "running"].includes(job.state))
    .then(() => data_processing.getJob({ jobId }, { authData }));
}

/** The records that jobs have made. */
export async function contacts(authData: CallerIdentity): Promise<unknown[]> {
  const { records } = await data_processing.listRecords({ entity: "contacts", limit: 1000 }, { authData });
  return records;
}

/** Records told of in the outbox for a job, by source record. */
export async function toldRecords(jobId: string): Promise<string[]> {
  const rows = await db.select().from(outbox).where(eq(outbox.topic, "conversion-events"));
  return rows.flatMap(({ message }) => {
    const { event } = message as {
      event?: { type: string; jobId?: string; records?: { sourceRecordId: string }[] };
    } & typeof message;
    return event?.type === "records-converted" && event.jobId === jobId
      ? (event.records ?? []).map((record) => record.sourceRecordId)
      : [];
  });
}

/** Claims a job of a tenant, as a worker would. */
export async function claimFor(jobId: string, { tenantId }: CallerIdentity): Promise<JobClaim> {
  const limit = async (tenant: string) => (tenant === tenantId ? 10 : 0);
  const claim = await claimJob(db, BigInt(Math.floor(Math.random() * 2 ** 40)), limit);
  expect(claim?.jobId).toBe(jobId);
  return claim!;
}

/** A world whose sources do not say that they are one database, so that jobs stream. */
export function streamingWorld(actor: { tenantId: string; userID: string }) {
  const world = ruleWorld(actor, { fresh: true });
  return {
    ...world,
    open: async (name: string) => ({ ...(await world.open(name)), database: randomUUID() }),
  };
}
