import { and, asc, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, encodeCursor, pageSize } from "../../../shared/pagination/cursor.js";
import { setTenant } from "../../../shared/tenancy/with-tenant.js";
import type { AuditDb } from "../db.js";
import { auditChains, auditCheckpoints, conversionAuditLogs as logs } from "../schema.js";
import type { AuditVerification, SignedPoint, VerifyAuditLogRequest } from "../types.js";
import { contentHashOf, documentOf, genesisHash } from "./chain.js";
import { type ChainPoint, isSigned, type PublishedKey, type Signature } from "./signatures.js";
import { ChainVerifier } from "./verify-chain.js";

const cursorSchema = z.object({ sequence: z.int().min(0), hash: z.string().length(64) });
const entriesAtOnce = { default: 100_000, max: 500_000 };
const rowsInPage = 2_000;

type Signed = ChainPoint & Signature;
type Row = typeof logs.$inferSelect;

export interface Proofs {
  keys: readonly PublishedKey[];
  /** The newest anchors of the tenant, read before the log is. */
  anchors: readonly Signed[];
}

/**
 * Follows the tenant's chain from where it begins, or from the end of the part before, and holds it to its signed
 * head, checkpoint and anchors. Reads one state of the log, whatever is appended meanwhile.
 */
export async function verifyAuditLog(
  db: AuditDb,
  tenantId: string,
  request: VerifyAuditLogRequest,
  proofs: Proofs,
): Promise<AuditVerification> {
  const limit = pageSize(request.limit, entriesAtOnce);
  const resumed = request.cursor === undefined ? undefined : decodeCursor(request.cursor, cursorSchema);
  return await db.transaction(
    async (tx) => {
      await setTenant(tx, tenantId);
      const { head, checkpoint } = await readPoints(tx, tenantId);
      const begin = checkpoint ?? { sequence: 0, hash: genesisHash };
      const start = resumed ?? { sequence: begin.sequence, hash: begin.hash };
      const genuineHead = head && isSigned(proofs.keys, "audit-head", head) ? head : undefined;
      const genuine = proofs.anchors.filter((anchor) => isSigned(proofs.keys, "audit-anchor", anchor));
      const ends = [...genuine, ...(genuineHead ? [genuineHead] : [])];
      const verifier = new ChainVerifier(
        start,
        ends.filter((end) => end.sequence > start.sequence),
      );
      const complete = await follow(tx, tenantId, { verifier, start, limit });
      verifier.finish();
      verifier.checkEnds();
      if (complete) verifier.checkTail(genuineHead);
      for (const forged of forgedPoints(proofs, { head, checkpoint })) {
        verifier.report("signature-invalid", forged.sequence, forged.sequence, forged.what);
      }
      const { position } = verifier;
      return {
        valid: verifier.problemCount === 0,
        complete,
        nextCursor: complete ? undefined : encodeCursor({ ...position }),
        verifiedEntries: verifier.verified,
        firstSequence: start.sequence + 1,
        lastSequence: position.sequence,
        head: head && toPoint(head),
        checkpoint: checkpoint && toPoint(checkpoint),
        newestAnchor: genuine[0] && toPoint(genuine[0]),
        problems: verifier.problems,
        problemCount: verifier.problemCount,
      };
    },
    { isolationLevel: "repeatable read", accessMode: "read only" },
  );
}

/** Where the tenant's chain ends, and up to where it was removed. */
export async function readPoints(
  tx: AuditDb,
  tenantId: string,
): Promise<{ head?: Signed; checkpoint?: Signed }> {
  const [[head], [checkpoint]] = await Promise.all([
    tx.select().from(auditChains).where(eq(auditChains.tenantId, tenantId)),
    tx.select().from(auditCheckpoints).where(eq(auditCheckpoints.tenantId, tenantId)),
  ]);
  return {
    head: head && head.sequence > 0 ? signed(head) : undefined,
    checkpoint: checkpoint && signed(checkpoint),
  };
}

/** Rows after a place in the chain, in their order. Rows with the same number stand in the order of their time. */
export async function readChainRows(
  tx: AuditDb,
  tenantId: string,
  page: { after: { sequence: number; recordedAt?: Date }; limit: number },
): Promise<Row[]> {
  const { sequence, recordedAt } = page.after;
  const beyond =
    recordedAt === undefined
      ? sql`${logs.sequence} > ${sequence}`
      : sql`(${logs.sequence}, ${logs.recordedAt}) > (${sequence}::bigint, ${recordedAt.toISOString()}::timestamptz)`;
  return await tx
    .select()
    .from(logs)
    .where(and(eq(logs.tenantId, tenantId), beyond))
    .orderBy(asc(logs.sequence), asc(logs.recordedAt))
    .limit(page.limit);
}

/** Gives the verifier at most `limit` rows. Answers whether they were all. */
async function follow(
  tx: AuditDb,
  tenantId: string,
  part: { verifier: ChainVerifier; start: { sequence: number }; limit: number },
): Promise<boolean> {
  let after: { sequence: number; recordedAt?: Date } = { sequence: part.start.sequence };
  for (let left = part.limit; left > 0; ) {
    const limit = Math.min(left, rowsInPage);
    const rows = await readChainRows(tx, tenantId, { after, limit });
    for (const row of rows) {
      const { sequence, previousHash, hash } = row;
      part.verifier.add({ sequence, previousHash, hash, contentHash: contentHashOf(documentOf(row)) });
    }
    if (rows.length < limit) return true;
    after = rows.at(-1)!;
    left -= rows.length;
  }
  return (await readChainRows(tx, tenantId, { after, limit: 1 })).length === 0;
}

function forgedPoints(
  { keys, anchors }: Proofs,
  { head, checkpoint }: { head?: Signed; checkpoint?: Signed },
): { sequence: number; what: string }[] {
  const what = (name: string) => `the signature of ${name} is not of a key of this system`;
  return [
    ...(head && !isSigned(keys, "audit-head", head)
      ? [{ sequence: head.sequence, what: what("the head") }]
      : []),
    ...(checkpoint && !isSigned(keys, "audit-checkpoint", checkpoint)
      ? [{ sequence: checkpoint.sequence, what: what("the checkpoint") }]
      : []),
    ...anchors
      .filter((anchor) => !isSigned(keys, "audit-anchor", anchor))
      .map(({ sequence }) => ({ sequence, what: what("an anchor") })),
  ];
}

function signed(row: typeof auditChains.$inferSelect | typeof auditCheckpoints.$inferSelect): Signed {
  const { tenantId, sequence, hash, recordedAt, signature, keyId } = row;
  return { tenantId, sequence, hash, recordedAt: recordedAt.toISOString(), signature, keyId };
}

function toPoint({ sequence, hash, recordedAt, signature, keyId }: Signed): SignedPoint {
  return { sequence, hash, recordedAt, signature, keyId };
}
