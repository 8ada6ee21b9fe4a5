import { and, eq, lt, sql } from "drizzle-orm";
import type { TenantDataPage, TenantDataPageRequest } from "../../shared/tenancy/tenant-data.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { exportQueue, tenantExports } from "../schema.js";
import type { ExportRow } from "./export-tenant.js";

const leaseSeconds = 20;
const mostAttempts = 10;
const partCharacters = 1_000_000;

/** What an export reads from: the services, in the order of the export. */
export interface ExportSection {
  service: string;
  readPage: (request: TenantDataPageRequest) => Promise<TenantDataPage>;
}

export interface ExportRunner {
  db: Db;
  sections: ExportSection[];
  /** Keeps one part. Keeping it again replaces it. */
  writePart: (part: { tenantId: string; exportId: string; part: number }, lines: string) => Promise<void>;
}

/** Where an export is: what its row says. */
type Position = Pick<ExportRow, "section" | "cursor" | "parts" | "items">;

/**
 * Works on one export that nobody works on, until it is complete; says whether there was one. Each part is kept
 * before the row says so: a part whose writer died is written again by the next one, with the same name. An export
 * that fails ten times is given up, with the reason.
 */
export async function runNextExport(runner: ExportRunner): Promise<boolean> {
  const { db } = runner;
  const claim = await claimExport(db);
  if (claim === undefined) return false;
  const { tenantId, attempts } = claim;
  try {
    const row = await withTenant(db, tenantId, (tx) => tx.select().from(tenantExports).where(ownedBy(claim)));
    let position: Position | undefined = row[0];
    while (position !== undefined && position.section < runner.sections.length) {
      position = await writeNextPart(runner, claim, position);
    }
    if (position !== undefined) await end(db, claim, { state: "completed" });
  } catch (error) {
    if (attempts < mostAttempts) throw error;
    const message = error instanceof Error ? error.message : String(error);
    await end(db, claim, { state: "failed", error: message });
    throw error;
  }
  return true;
}

interface ExportClaim {
  exportId: string;
  tenantId: string;
  attempts: number;
}

async function claimExport(db: Db): Promise<ExportClaim | undefined> {
  return await db.transaction(async (tx) => {
    const [next] = await tx
      .select()
      .from(exportQueue)
      .where(lt(exportQueue.leaseEndsAt, sql`now()`))
      .orderBy(exportQueue.leaseEndsAt)
      .limit(1)
      .for("update", { skipLocked: true });
    if (next === undefined) return undefined;
    const [claimed] = await tx
      .update(exportQueue)
      .set({ leaseEndsAt: leaseEnd, attempts: next.attempts + 1 })
      .where(eq(exportQueue.exportId, next.exportId))
      .returning();
    return claimed;
  });
}

const leaseEnd = sql`now() + make_interval(secs => ${leaseSeconds})`;

function ownedBy({ exportId, tenantId }: ExportClaim) {
  return and(eq(tenantExports.tenantId, tenantId), eq(tenantExports.id, exportId));
}

/** Writes a part of about a million characters; undefined where another worker has gone on with the export. */
async function writeNextPart(
  runner: ExportRunner,
  claim: ExportClaim,
  from: Position,
): Promise<Position | undefined> {
  const { tenantId, exportId, attempts } = claim;
  const { db, sections } = runner;
  let { section, cursor, items } = from;
  const lines: string[] = [];
  for (let size = 0; size < partCharacters && section < sections.length; ) {
    const { service, readPage } = sections[section]!;
    const page = await readPage({ tenantId, ...(cursor === null ? {} : { cursor }) });
    for (const item of page.items) {
      const line = `${JSON.stringify({ service, ...item })}\n`;
      lines.push(line);
      size += line.length;
    }
    items += page.items.length;
    cursor = page.nextCursor ?? null;
    if (cursor === null) section++;
  }
  const parts = from.parts + (lines.length > 0 ? 1 : 0);
  if (lines.length > 0) await runner.writePart({ tenantId, exportId, part: parts }, lines.join(""));
  return await db.transaction(async (tx) => {
    const held = await tx
      .update(exportQueue)
      .set({ leaseEndsAt: leaseEnd })
      .where(and(eq(exportQueue.exportId, exportId), eq(exportQueue.attempts, attempts)))
      .returning({ exportId: exportQueue.exportId });
    if (held.length === 0) return undefined;
    return await withTenant(tx, tenantId, async (inner) => {
      const position = { section, cursor, parts, items };
      await inner.update(tenantExports).set(position).where(ownedBy(claim));
      return position;
    });
  });
}

async function end(
  db: Db,
  claim: ExportClaim,
  result: { state: "completed" | "failed"; error?: string },
): Promise<void> {
  await withTenant(db, claim.tenantId, async (tx) => {
    await tx
      .update(tenantExports)
      .set({ ...result, finishedAt: new Date() })
      .where(ownedBy(claim));
    await tx.delete(exportQueue).where(eq(exportQueue.exportId, claim.exportId));
  });
}
