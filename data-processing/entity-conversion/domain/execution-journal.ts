import { and, eq, ne, type SQL, sql } from "drizzle-orm";
import log from "encore.dev/log";
import { runForTenant } from "../../../shared/tenancy/one-message.js";
import type { Db } from "../../db.js";
import { executionJournal, ruleRollouts, rules } from "../../schema.js";
import type { Conversion } from "./convert-batch.js";

/** An execution of a rule version on one record, as the journal remembers it. */
export type JournalEntry = Omit<typeof executionJournal.$inferSelect, "begunAt">;

/**
 * Remembers an execution before its target is written, so that it is told of even if the process dies right after.
 * With `sameServer`, where the target's database is on the server of this one, it is not waited for the disk: a server
 * keeps its commits in their order, so that whatever of the target survives, this does too.
 */
export async function noteExecution(
  db: Db,
  entry: JournalEntry,
  { sameServer }: { sameServer: boolean },
): Promise<void> {
  const insert = db.insert(executionJournal).values(entry).onConflictDoNothing().getSQL();
  await runForTenant(db, entry.tenantId, sameServer ? [lazily, insert] : [insert]);
}

const lazily = sql`select set_config('synchronous_commit', 'off', true)`;

/**
 * As `noteExecution`, for a new execution by a rule as it was known before: only where the rule is still at that revision,
 * with all its records going by its latest version. False, with nothing noted, where it is not.
 */
export async function noteIfUnchanged(
  db: Db,
  { entry, revision, sameServer }: { entry: JournalEntry; revision: number; sameServer: boolean },
): Promise<boolean> {
  const { id, tenantId, ruleId, ruleVersion, sourceRecordId, conversionType, performedBy } = entry;
  const columns = ["id", "tenant_id", "rule_id", "rule_version", "source_record_id", "conversion_type"];
  const names = [...columns, "performed_by"].map((name) => sql.identifier(name));
  const insert = sql`insert into ${executionJournal} (${sql.join(names, sql`, `)})
    select ${id}::uuid, ${tenantId}, ${ruleId}::uuid, ${ruleVersion}, ${sourceRecordId}, ${conversionType}, ${performedBy}
    where exists (
      select from ${rules} where ${eq(rules.id, ruleId)} and ${eq(rules.tenantId, tenantId)} and ${eq(rules.revision, revision)}
    ) and not exists (
      select from ${ruleRollouts} where ${eq(ruleRollouts.ruleId, ruleId)}
        and ${eq(ruleRollouts.newVersion, ruleVersion)} and ${ne(ruleRollouts.state, "finished")}
    )
    returning true`;
  const answers = await runForTenant(db, tenantId, sameServer ? [lazily, insert] : [insert]);
  return answers.at(-1)!.length > 0;
}

/** The statement that takes an execution out of the journal: all that was to be told of it is. */
export function forgetExecution(db: Db, { tenantId, id }: Pick<JournalEntry, "tenantId" | "id">): SQL {
  const own = and(eq(executionJournal.tenantId, tenantId), eq(executionJournal.id, id));
  return db.delete(executionJournal).where(own).getSQL();
}

/** Key of the target record that an execution has written, by the link that carries its id; undefined where there is none. */
export async function findWritten(
  { target, plan }: Pick<Conversion, "target" | "plan">,
  { tenantId, ruleId, sourceRecordId, id }: JournalEntry,
): Promise<string | undefined> {
  const { source, entityType } = plan.source.schema;
  const rows = await target.begin(
    (tx) => tx<{ targetKey: string }[]>`
      SELECT target_key AS "targetKey" FROM axion.links
      WHERE tenant_id = ${tenantId} AND rule_id = ${ruleId}::uuid AND source_entity = ${`${source}/${entityType}`}
        AND source_key = ${sourceRecordId} AND part = '' AND job_id = ${id}::uuid`,
    { readOnly: true },
  );
  return rows[0]?.targetKey;
}

/** Most tellings that callers do not wait for. */
const mostUnawaited = 200;

/** The last telling of each record that is under way. */
const telling = new Map<string, Promise<unknown>>();

/**
 * Tells of a record when earlier tellings of it are done: events of a record keep their order. The caller need not wait
 * for it: what is lost here is told of from the journal. Where much is under way, it waits all the same.
 */
export async function tellInOrder(record: string, tell: () => Promise<unknown>): Promise<void> {
  const before = telling.get(record);
  const told = before ? before.then(tell, tell) : tell();
  const done = told.then(
    () => {},
    (error: unknown) => log.warn(error, "an execution is told of later, from the journal", { record }),
  );
  telling.set(record, done);
  const settled = done.then(() => {
    if (telling.get(record) === done) telling.delete(record);
  });
  if (telling.size > mostUnawaited) await settled;
}
