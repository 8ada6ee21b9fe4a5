import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import type postgres from "postgres";
import { describe, expect, it } from "vitest";
import { event_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import { convertedRecords, recordsConverted } from "../../shared/__tests__/conversion-events.js";
import { superuserOf } from "../../shared/__tests__/superuser.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { auditDb } from "../audit/db.js";
import { appendAuditRows } from "../audit/domain/append-audit-rows.js";
import { retireEntries } from "../audit/domain/retire-entries.js";
import { anchorAuditLogs, makeAuditPartitions } from "../audit/maintenance.js";
import { auditSigner } from "../audit/signing-key.js";
import { db } from "../db.js";
import { processConversion } from "../processing/domain/process-conversion.js";

const dayMs = 86_400_000;

/** A tenant with a chain of `length` entries. */
async function newChain(length = 30): Promise<CallerIdentity> {
  const authData = newCaller("audit:view");
  const job = { ruleId: randomUUID(), jobId: randomUUID(), batch: 1 };
  const event = recordsConverted(authData, { ...job, records: convertedRecords("s", length) });
  await processConversion({ auditDb, db }, event);
  return authData;
}

async function verification(authData: CallerIdentity) {
  return await event_management.verifyAudit({}, { authData });
}

async function problems(authData: CallerIdentity): Promise<string[]> {
  const { valid, problems } = await verification(authData);
  expect(valid).toBe(problems.length === 0);
  return problems.map(({ kind, sequence, toSequence }) =>
    sequence === toSequence ? `${kind} ${sequence}` : `${kind} ${sequence}-${toSequence}`,
  );
}

/** Appends an entry as of a moment in the past. */
async function appendAt(authData: CallerIdentity, recordedAt: Date): Promise<void> {
  const { tenantId, userID } = authData;
  const signer = await auditSigner();
  const rows = [{ eventType: "lead-imported", details: { note: "old" } }];
  const audit = { tenantId, eventId: randomUUID(), timestamp: recordedAt, performedBy: userID, rows };
  await withTenant(auditDb, tenantId, (tx) => appendAuditRows(tx, audit, { signer, recordedAt }));
}

describe("the chain of a tenant's audit log", () => {
  it("is whole after concurrent writes, and tells of nothing to others", async () => {
    const authData = newCaller("audit:view");
    const jobs = Array.from({ length: 20 }, (_, batch) =>
      recordsConverted(authData, {
        ruleId: "r",
        jobId: "j",
        batch,
        records: convertedRecords(`${batch}-`, 50),
      }),
    );
    await Promise.all(jobs.map((event) => processConversion({ auditDb, db }, event)));
    expect(await verification(authData)).toMatchObject({
      valid: true,
      complete: true,
      verifiedEntries: 1000,
      head: { sequence: 1000 },
      problems: [],
    });
    expect(await verification(newCaller())).toMatchObject({
      valid: true,
      verifiedEntries: 0,
      lastSequence: 0,
    });
  });

  it("is followed in parts", async () => {
    const authData = await newChain(25);
    const first = await event_management.verifyAudit({ limit: 10 }, { authData });
    expect(first).toMatchObject({ valid: true, complete: false, verifiedEntries: 10, lastSequence: 10 });
    const rest = await event_management.verifyAudit({ cursor: first.nextCursor }, { authData });
    expect(rest).toMatchObject({ valid: true, complete: true, firstSequence: 11, verifiedEntries: 15 });
  });

  it("survives what JSON and Postgres write differently", async () => {
    const authData = newCaller("audit:view");
    const details = {
      a: 1e21,
      b: 1e-7,
      c: 0.1,
      d: -0,
      e: 1.0,
      "é\u{10ffff}": '\u2028\u0001"\\/',
      "\ufffd": [null, {}],
    };
    await event_management.logActivity({ eventType: "numbers-written", details }, { authData });
    expect(await problems(authData)).toEqual([]);
  });

  const where = (tenantId: string, sequence: number) => (tx: postgres.Sql) =>
    tx`tenant_id = ${tenantId} and sequence = ${sequence}`;

  it.each<[string, (root: postgres.Sql, tenantId: string) => Promise<unknown>, string[]]>([
    [
      "an edited row",
      (root, tenant) =>
        root`update conversion_audit_logs set details = '{"forged":true}' where ${where(tenant, 7)(root)}`,
      ["edited 7"],
    ],
    [
      "an edited actor",
      (root, tenant) =>
        root`update conversion_audit_logs set performed_by = 'mallory' where ${where(tenant, 30)(root)}`,
      ["edited 30"],
    ],
    [
      "a removed row",
      (root, tenant) => root`delete from conversion_audit_logs where ${where(tenant, 12)(root)}`,
      ["removed 12"],
    ],
    [
      "two rows that changed places",
      async (root, tenant) => {
        await root`update conversion_audit_logs set sequence = 1000 where ${where(tenant, 4)(root)}`;
        await root`update conversion_audit_logs set sequence = 4 where ${where(tenant, 5)(root)}`;
        await root`update conversion_audit_logs set sequence = 5 where ${where(tenant, 1000)(root)}`;
      },
      ["reordered 4"],
    ],
    [
      "an inserted row",
      (root, tenant) => root`
        insert into conversion_audit_logs
        select tenant_id, 9, recorded_at + interval '1 ms', 'forged', rule_id, job_id, source_record_id,
               target_record_id, performed_by, "timestamp", details, event_id, position, correlation_id,
               previous_hash, md5('x') || md5('y')
        from conversion_audit_logs where ${where(tenant, 9)(root)}`,
      ["inserted 9"],
    ],
    [
      "a row after the head",
      (root, tenant) => root`
        insert into conversion_audit_logs
        select tenant_id, 31, recorded_at, 'forged', rule_id, job_id, source_record_id, target_record_id,
               performed_by, "timestamp", details, event_id, position, correlation_id, hash, md5('x') || md5('y')
        from conversion_audit_logs where ${where(tenant, 30)(root)}`,
      ["edited 31", "inserted 31"],
    ],
    [
      "a cut tail",
      (root, tenant) => root`delete from conversion_audit_logs where tenant_id = ${tenant} and sequence > 26`,
      ["cut-tail 27-30"],
    ],
    [
      "a forged head",
      (root, tenant) => root`update audit_chains set hash = ${"1".repeat(64)} where tenant_id = ${tenant}`,
      ["signature-invalid 30", "signature-invalid 30"],
    ],
  ])("shows %s", async (_what, tamper, expected) => {
    const authData = await newChain();
    const root = await superuserOf(auditDb);
    expect(await problems(authData)).toEqual([]);
    await tamper(root, authData.tenantId);
    expect(await problems(authData)).toEqual(expected);
  });

  it("shows a cut tail though the head was set back to an older one, by an anchor kept elsewhere", async () => {
    const authData = await newChain(5);
    const { tenantId } = authData;
    const root = await superuserOf(auditDb);
    const [older] = await root`select * from audit_chains where tenant_id = ${tenantId}`;
    await event_management.logActivity({ eventType: "lead-deleted" }, { authData });
    await anchorAuditLogs();
    expect((await verification(authData)).newestAnchor).toMatchObject({ sequence: 6 });
    await root`delete from conversion_audit_logs where tenant_id = ${tenantId} and sequence > 5`;
    await root`update audit_chains set ${root(older!, "sequence", "hash", "recorded_at", "signature")} where tenant_id = ${tenantId}`;
    expect(await problems(authData)).toEqual(["cut-tail 6"]);
    await root`delete from conversion_audit_logs where tenant_id = ${tenantId}`;
    await root`delete from audit_chains where tenant_id = ${tenantId}`;
    expect(await problems(authData)).toEqual(["cut-tail 1-6"]);
  });

  it("can neither be changed nor emptied by the app's own role, through any partition either", async () => {
    const { tenantId } = await newChain(3);
    const partitions = await auditDb.execute<{ name: string }>(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'conversion_audit_logs'::regclass",
    );
    expect(partitions.length).toBeGreaterThanOrEqual(6);
    for (const table of ["conversion_audit_logs", ...partitions.map(({ name }) => name)]) {
      for (const statement of [
        `update ${table} set performed_by = 'mallory'`,
        `delete from ${table}`,
        `truncate ${table}`,
        `drop table ${table}`,
        `alter table ${table} disable trigger append_only`,
      ]) {
        const refused = withTenant(auditDb, tenantId, (tx) => tx.execute(sql.raw(statement)));
        await expect(refused, statement).rejects.toMatchObject({ cause: { code: "42501" } });
      }
    }
    for (const { name } of partitions) {
      const rows = await withTenant(auditDb, tenantId, (tx) => tx.execute(sql.raw(`select * from ${name}`)));
      expect(rows).toHaveLength(0);
    }
  });

  it("stays provable after old entries were removed, and keeps those that were touched", async () => {
    const authData = newCaller("audit:view");
    const { tenantId } = authData;
    const now = Date.now();
    for (const days of [70, 65, 60, 40, 1]) await appendAt(authData, new Date(now - days * dayMs));
    const signer = await auditSigner();
    const before = new Date(now - 50 * dayMs);
    expect(await retireEntries(auditDb, tenantId, { before, signer })).toEqual({ removed: 3, through: 3 });
    expect(await retireEntries(auditDb, tenantId, { before, signer })).toEqual({ removed: 0 });
    expect(await verification(authData)).toMatchObject({
      valid: true,
      firstSequence: 4,
      verifiedEntries: 2,
      checkpoint: { sequence: 3 },
    });
    const root = await superuserOf(auditDb);
    await root`update conversion_audit_logs set performed_by = 'mallory' where tenant_id = ${tenantId} and sequence = 4`;
    const all = { before: new Date(now), signer };
    expect(await retireEntries(auditDb, tenantId, all)).toMatchObject({
      removed: 0,
      problem: { kind: "edited" },
    });
    await root`update audit_checkpoints set sequence = 4 where tenant_id = ${tenantId}`;
    await root`delete from conversion_audit_logs where tenant_id = ${tenantId} and sequence = 4`;
    expect(await problems(authData)).toContain("signature-invalid 4");
  });

  it("cannot be shortened by entries of the last 29 days, whatever the app's role signs", async () => {
    const authData = await newChain(3);
    const retiring = retireEntries(auditDb, authData.tenantId, {
      before: new Date(Date.now() + dayMs),
      signer: await auditSigner(),
    });
    await expect(retiring).rejects.toThrow("kept entries");
    expect(await verification(authData)).toMatchObject({ valid: true, verifiedEntries: 3 });
  });

  it("moves rows of a month out of the default partition once the month has its own", async () => {
    const authData = newCaller("audit:view");
    const root = await superuserOf(auditDb);
    const [coming] =
      await root`select to_char(now() at time zone 'UTC' + interval '2 months', 'YYYY_MM') as month`;
    const table = `conversion_audit_logs_${coming!.month}`;
    await root`drop table ${root(table)}`;
    await appendAt(authData, new Date(`${String(coming!.month).replace("_", "-")}-15T00:00:00Z`));
    const inDefault = async () =>
      (await root`select from conversion_audit_logs_default where tenant_id = ${authData.tenantId}`).length;
    expect(await inDefault()).toBe(1);
    await makeAuditPartitions();
    expect(await inDefault()).toBe(0);
    expect(await verification(authData)).toMatchObject({ valid: true, verifiedEntries: 1 });
  });

  it("takes in entries from before there were chains", async () => {
    const authData = newCaller("audit:view");
    const { tenantId } = authData;
    const root = await superuserOf(auditDb);
    await root`
      insert into earlier_audit_logs (tenant_id, event_type, source_record_id, performed_by, "timestamp", details, event_id, position)
      select ${tenantId}, 'entity-converted', n::text, 'ada', '2026-01-01T00:00:00.123456Z', '{"n": 1.50}', (n / 500)::text, n % 500
      from generate_series(0, 1799) n`;
    await root`
      insert into audit_chains (tenant_id, sequence, hash, recorded_at, signature, key_id, earlier_entries)
      values (${tenantId}, 0, ${"0".repeat(64)}, '1970-01-01', '', '', true)`;
    await Promise.all([anchorAuditLogs(), anchorAuditLogs()]);
    expect(await verification(authData)).toMatchObject({
      valid: true,
      verifiedEntries: 1800,
      newestAnchor: { sequence: 1800 },
    });
    const { entries } = await event_management.getAuditTrail({ recordId: "1234" }, { authData });
    expect(entries).toMatchObject([{ id: "1235", performedBy: "ada", eventId: "2" }]);
  });
});
