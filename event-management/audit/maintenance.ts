import { asc, gt, sql } from "drizzle-orm";
import { api } from "encore.dev/api";
import { CronJob } from "encore.dev/cron";
import log from "encore.dev/log";
import { tenant_management } from "~encore/clients";
import { keepAnchor, removeAnchors } from "./anchors.js";
import { auditDb } from "./db.js";
import { adoptEarlierEntries } from "./domain/adopt-earlier-entries.js";
import { anchorChains } from "./domain/anchor-chains.js";
import { retireEntries } from "./domain/retire-entries.js";
import { auditChains } from "./schema.js";
import { auditSigner } from "./signing-key.js";

const monthsAhead = 3;
const dayMs = 24 * 60 * 60 * 1000;

/** Keeps a signed point of every audit chain that grew, away from the database; takes in entries from before. */
export const anchorAuditLogs = api(
  { method: "POST", path: "/maintenance/anchor-audit-logs", expose: false },
  async (): Promise<void> => {
    const signer = await auditSigner();
    const adopted = await adoptEarlierEntries(auditDb, signer);
    if (adopted > 0) log.info("earlier audit entries appended to their chains", { adopted });
    const anchored = await anchorChains(auditDb, signer, keepAnchor);
    if (anchored > 0) log.info("audit chains anchored", { anchored });
  },
);

const _anchorAuditLogs = new CronJob("anchor-audit-logs", {
  title: "Keep signed points of the audit logs",
  every: "5m",
  endpoint: anchorAuditLogs,
});

/** Makes the audit log's partitions of the months to come, and drops empty ones of months long gone. */
export const makeAuditPartitions = api(
  { method: "POST", path: "/maintenance/make-audit-partitions", expose: false },
  async (): Promise<void> => {
    const [row] = await auditDb.execute<{ made: number; dropped: number }>(
      sql`select make_audit_partitions(${monthsAhead}) as made, drop_empty_audit_partitions() as dropped`,
    );
    if (row !== undefined && row.made + row.dropped > 0) log.info("audit partitions changed", { ...row });
  },
);

const _makeAuditPartitions = new CronJob("make-audit-partitions", {
  title: "Make the audit log's partitions ahead",
  every: "24h",
  endpoint: makeAuditPartitions,
});

/** Removes audit entries that are older than the tenants' plans keep them. */
export const retireAuditEntries = api(
  { method: "POST", path: "/maintenance/retire-audit-entries", expose: false },
  async (): Promise<void> => {
    for (let after = ""; ; ) {
      const [chain] = await auditDb
        .select({ tenantId: auditChains.tenantId })
        .from(auditChains)
        .where(gt(auditChains.tenantId, after))
        .orderBy(asc(auditChains.tenantId))
        .limit(1);
      if (chain === undefined) return;
      after = chain.tenantId;
      try {
        await retireOf(chain.tenantId);
      } catch (error) {
        log.error(error, "audit entries not retired", { tenantId: chain.tenantId });
      }
    }
  },
);

const _retireAuditEntries = new CronJob("retire-audit-entries", {
  title: "Remove audit entries whose time is over",
  every: "24h",
  endpoint: retireAuditEntries,
});

async function retireOf(tenantId: string): Promise<void> {
  const { limits } = await tenant_management.getTenantPolicy({ tenantId });
  const before = new Date(Date.now() - limits.retentionDays * dayMs);
  const signer = await auditSigner();
  const { removed, through, problem } = await retireEntries(auditDb, tenantId, { before, signer });
  if (problem !== undefined) {
    log.error("the audit log was touched; nothing more of it is removed", { tenantId, ...problem });
  }
  if (through === undefined) return;
  await removeAnchors(tenantId, through - 1);
  log.info("audit entries retired", { tenantId, removed, through });
}
