import { and, asc, eq, gt, lt, sql } from "drizzle-orm";
import type { AuditDb } from "../db.js";
import { auditChains } from "../schema.js";
import type { ChainPoint, ChainSigner, Signature } from "./signatures.js";

const chainsAtOnce = 500;

/**
 * Keeps a signed point of each chain that grew since its last one, through `keep`, away from this database. Returns
 * how many were kept.
 */
export async function anchorChains(
  db: AuditDb,
  signer: ChainSigner,
  keep: (anchor: ChainPoint & Signature) => Promise<void>,
): Promise<number> {
  let kept = 0;
  for (let after = ""; ; ) {
    const grown = await db
      .select()
      .from(auditChains)
      .where(
        and(gt(auditChains.tenantId, after), sql`${auditChains.sequence} > ${auditChains.anchoredSequence}`),
      )
      .orderBy(asc(auditChains.tenantId))
      .limit(chainsAtOnce);
    for (const { tenantId, sequence, hash, recordedAt } of grown) {
      const point = { tenantId, sequence, hash, recordedAt: recordedAt.toISOString() };
      await keep({ ...point, ...signer.sign("audit-anchor", point) });
      await db
        .update(auditChains)
        .set({ anchoredSequence: sequence })
        .where(and(eq(auditChains.tenantId, tenantId), lt(auditChains.anchoredSequence, sequence)));
      kept++;
    }
    const last = grown.at(-1);
    if (last === undefined || grown.length < chainsAtOnce) return kept;
    after = last.tenantId;
  }
}
