import type { Database } from "./database.ts";
import type { EventLoad } from "./event-load.ts";

/** What is found of a load in the databases, each figure with what it must be. */
export type Effects = Record<string, { found: number; expected: number }>;

export interface Databases {
  audit: Database;
  events: Database;
}

/** Counts what the load's events have brought about: all of it, each once, in order. */
export async function effectsOf({ audit, events }: Databases, load: EventLoad): Promise<Effects> {
  const { tenantId, ruleId, conversions, failures, transactions } = load;
  const [logged] = await audit.ask(
    (sql) => sql<{ rows: number; records: number }[]>`
    select count(*)::int as rows, count(distinct source_record_id)::int as records
    from conversion_audit_logs where tenant_id = ${tenantId} and rule_id = ${ruleId}`,
  );
  const [told] = await events.ask(
    (sql) => sql<{ rows: number; records: number }[]>`
    select count(*)::int as rows, count(distinct data->>'sourceRecordId')::int as records
    from notifications where tenant_id = ${tenantId} and category = 'conversion-failed'`,
  );
  const [shown] = await events.ask(
    (sql) => sql<{ rows: number; records: number }[]>`
    select count(*)::int as rows, count(distinct t.source_record_id)::int as records
    from record_timeline t join kept_events e using (position)
    where t.tenant_id = ${tenantId} and e.topic = 'conversion-events'`,
  );
  const [kept] = await events.ask(
    (sql) => sql<{ rows: number; late: number }[]>`
    select count(*)::int as rows, count(*) filter (where at < before)::int as late
    from (
      select at, max(at) over (partition by ordering_key order by position rows between unbounded preceding
        and 1 preceding) as before
      from (
        select position, ordering_key, substring(correlation_id from '\\d+$')::int as at
        from kept_events where tenant_id = ${tenantId} and topic = 'conversion-events'
      ) numbered
    ) ordered`,
  );
  const [counted] = await events.ask(
    (sql) => sql<{ total: number }[]>`
    select coalesce(sum(converted + unchanged + skipped + failed), 0)::int as total
    from rule_statistics where tenant_id = ${tenantId} and rule_id = ${ruleId}`,
  );
  const [given] = await events.ask(
    (sql) => sql<{ up: number }[]>`
    select count(*)::int as up from dead_letters where tenant_id = ${tenantId}`,
  );
  return {
    auditEntries: { found: logged!.rows, expected: conversions },
    auditedRecords: { found: logged!.records, expected: conversions },
    notifications: { found: told!.rows, expected: failures },
    notifiedRecords: { found: told!.records, expected: failures },
    timelineRows: { found: shown!.rows, expected: conversions },
    timelineRecords: { found: shown!.records, expected: conversions },
    keptEvents: { found: kept!.rows, expected: transactions.flat().length },
    keptOutOfOrder: { found: kept!.late, expected: 0 },
    countedByRule: { found: counted!.total, expected: conversions },
    deadLetters: { found: given!.up, expected: 0 },
  };
}

/** The figures that are not what they must be. */
export function wrongOf(effects: Effects): string[] {
  return Object.entries(effects)
    .filter(([, { found, expected }]) => found !== expected)
    .map(([name, { found, expected }]) => `${name}: ${found} instead of ${expected}`);
}
