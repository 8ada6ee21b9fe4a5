import { sql } from "drizzle-orm";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { AuditDb } from "../db.js";
import { auditCheckpoints } from "../schema.js";
import { contentHashOf, documentOf, genesisHash } from "./chain.js";
import type { ChainSigner } from "./signatures.js";
import { readChainRows, readPoints } from "./verify-audit-log.js";
import { type ChainProblem, ChainVerifier } from "./verify-chain.js";

const rowsAtOnce = 5_000;

export interface RetiredEntries {
  removed: number;
  /** Number of the last entry that was removed. */
  through?: number;
  /** Where the chain was found touched: nothing from there on is removed, whatever its age. */
  problem?: ChainProblem;
}

/**
 * Removes the tenant's entries that were appended before `before`, oldest first. What is removed is proven first, and
 * a signed checkpoint says up to where it went, so that the rest of the chain stays provable. Interrupted, it can be
 * begun again.
 */
export async function retireEntries(
  db: AuditDb,
  tenantId: string,
  { before, signer }: { before: Date; signer: ChainSigner },
): Promise<RetiredEntries> {
  let removed = 0;
  let through: number | undefined;
  for (;;) {
    const part = await withTenant(db, tenantId, (tx) => retirePart(tx, tenantId, { before, signer }));
    removed += part.removed;
    through = part.through ?? through;
    if (part.problem !== undefined || part.removed < rowsAtOnce)
      return { removed, through, problem: part.problem };
  }
}

async function retirePart(
  tx: AuditDb,
  tenantId: string,
  { before, signer }: { before: Date; signer: ChainSigner },
): Promise<RetiredEntries> {
  // One instance at a time; who appends is not held up.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`audit retention ${tenantId}`}, 0))`);
  const { checkpoint } = await readPoints(tx, tenantId);
  const start = checkpoint ?? { sequence: 0, hash: genesisHash };
  const rows = await readChainRows(tx, tenantId, { after: { sequence: start.sequence }, limit: rowsAtOnce });
  const over = rows.findIndex((row) => row.recordedAt >= before);
  const old = over === -1 ? rows : rows.slice(0, over);
  const last = old.at(-1);
  if (last === undefined) return { removed: 0 };
  const verifier = new ChainVerifier({ sequence: start.sequence, hash: start.hash }, []);
  for (const row of old) {
    const { sequence, previousHash, hash } = row;
    verifier.add({ sequence, previousHash, hash, contentHash: contentHashOf(documentOf(row)) });
  }
  verifier.finish();
  const [problem] = verifier.problems;
  if (problem !== undefined) return { removed: 0, problem };
  const { sequence, hash, recordedAt } = last;
  const point = { tenantId, sequence, hash, recordedAt: recordedAt.toISOString() };
  const values = { ...point, recordedAt, removedAt: new Date(), ...signer.sign("audit-checkpoint", point) };
  await tx
    .insert(auditCheckpoints)
    .values(values)
    .onConflictDoUpdate({ target: auditCheckpoints.tenantId, set: values });
  const [row] = await tx.execute<{ removed: string }>(
    sql`select remove_audit_prefix(${rowsAtOnce}) as removed`,
  );
  if (Number(row?.removed) !== old.length) {
    throw new Error(`The audit log of ${tenantId} kept entries that its checkpoint covers.`);
  }
  return { removed: old.length, through: sequence };
}
