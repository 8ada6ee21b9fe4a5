import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { event_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import { convertedRecords, recordsConverted } from "../../shared/__tests__/conversion-events.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { auditDb } from "../audit/db.js";
import { csvHeading, csvOf } from "../audit/domain/export-lines.js";
import { verifyExport } from "../audit/domain/verify-export.js";
import type { AuditExportFilters } from "../audit/types.js";
import { db } from "../db.js";
import { processConversion } from "../processing/domain/process-conversion.js";

async function newLog(length: number): Promise<CallerIdentity> {
  const authData = newCaller("audit:export");
  const job = { ruleId: randomUUID(), jobId: randomUUID(), batch: 1 };
  const event = recordsConverted(authData, { ...job, records: convertedRecords("lead", length) });
  await processConversion({ auditDb, db }, event);
  return authData;
}

async function exported(authData: CallerIdentity, filters: AuditExportFilters = {}): Promise<string[]> {
  let lines = "";
  let cursor: string | undefined;
  do {
    const part = await event_management.readAuditExportPart({ ...filters, cursor }, { authData });
    lines += part.lines;
    cursor = part.nextCursor;
  } while (cursor !== undefined);
  return lines.trimEnd().split("\n");
}

async function* each(lines: string[]): AsyncGenerator<string> {
  yield* lines;
}

const asCsv = (lines: string[]): string[] => [csvHeading, ...lines.map(csvOf)].join("").trimEnd().split("\n");

describe("an export of the audit log", () => {
  it("is proven by the published keys, as NDJSON and as CSV", async () => {
    const authData = await newLog(1_203);
    const evil = '=cmd|"x"\r\nline, "two"';
    await event_management.logActivity(
      { eventType: "lead-imported", performedBy: evil, sourceRecordId: "-1", details: { evil } },
      { authData },
    );
    const lines = await exported(authData);
    const { keys } = await event_management.getAuditKeys();
    const whole = { valid: true, entries: 1_204, omitted: 0, lastSequence: 1_204, problems: [] };
    expect(await verifyExport(each(lines), keys)).toMatchObject(whole);
    expect(await verifyExport(each(asCsv(lines)), keys)).toMatchObject(whole);
    const strangers = [{ ...keys[0]!, kid: "another" }];
    expect((await verifyExport(each(lines), strangers)).valid).toBe(false);
  });

  it("of some entries proves that no other fitted the places between them", async () => {
    const authData = await newLog(10);
    await event_management.logActivity({ eventType: "lead-imported" }, { authData });
    const lines = await exported(authData, { eventType: "lead-imported" });
    expect(await verifyExport(each(lines))).toMatchObject({ valid: true, entries: 1, omitted: 10 });
    expect(lines.join("")).not.toContain("lead-7");
    const without = lines.filter((line) => !line.includes('"sequence":4,'));
    expect(await verifyExport(each(without))).toMatchObject({
      valid: false,
      problems: expect.arrayContaining([expect.objectContaining({ kind: "removed", sequence: 4 })]),
    });
  });

  it("shows what was edited, left out or cut off in the file", async () => {
    const lines = await exported(await newLog(20));
    const kinds = async (changed: string[]) =>
      (await verifyExport(each(changed))).problems.map(({ kind }) => kind);
    const edit = (line: string) => (line.includes('"sequence":5,') ? line.replace("lead-4", "lead-6") : line);
    expect(lines.map(edit)).not.toEqual(lines);
    expect(await kinds(lines.map(edit))).toContain("edited");
    expect(await kinds(lines.filter((_, index) => index !== 8))).toContain("removed");
    expect(await kinds(lines.slice(0, -1))).toContain("cut-tail");
    const columns = asCsv(lines).map((line) =>
      line.startsWith("entry,5,") ? line.replace("lead-4", "lead-6") : line,
    );
    expect(await kinds(columns)).toEqual(["edited"]);
  });

  it("of a tenant without entries is empty, and holds nothing of another", async () => {
    await newLog(3);
    const lines = await exported(newCaller("audit:export"));
    expect(lines).toHaveLength(2);
    expect(await verifyExport(each(lines))).toMatchObject({ valid: true, entries: 0 });
  });
});
