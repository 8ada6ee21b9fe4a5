import type { SourceTransaction } from "../../sources/data-source.js";
import { postgresError } from "../../sources/postgres-errors.js";
import type { ConversionPlan, EvaluatedRecord } from "./plan.js";

/**
 * What becomes of a record that the target refused, by the error policies of the fields whose values it cannot hold: a
 * text too long, a number out of range. Undefined where no such field has a policy, and on servers before
 * PostgreSQL 16, which do not tell which value is to blame.
 */
export async function settleRefused(
  tx: SourceTransaction,
  plan: ConversionPlan,
  record: EvaluatedRecord,
): Promise<EvaluatedRecord | undefined> {
  const asked = plan.targets.flatMap(({ onError, column }, at) => {
    const text = record.defaults?.has(at) ? null : (record.values[at] ?? null);
    return onError === "fail" || text === null ? [] : [{ at, text, type: column.fullType }];
  });
  if (asked.length === 0) return undefined;
  const refused = await refusedPlaces(tx, asked);
  const [first] = refused;
  if (first === undefined) return undefined;
  const settled: EvaluatedRecord = {
    ...record,
    values: [...record.values],
    defaults: new Map(record.defaults),
    fallbacks: [...(record.fallbacks ?? [])],
  };
  for (const at of refused) {
    const { onError, errorText, path, field, column } = plan.targets[at]!;
    const message = `"${field}" cannot hold this value: it is ${column.fullType}.`;
    if (onError === "skip" || onError === "fail")
      return { ...record, outcome: "skipped", reason: { code: "target_value", message, path } };
    settled.values[at] = null;
    if (onError === "default" && errorText !== null) settled.defaults?.set(at, errorText);
    settled.fallbacks?.push({ path, policy: onError, message });
  }
  return settled;
}

async function refusedPlaces(
  tx: SourceTransaction,
  asked: readonly { at: number; text: string; type: string }[],
): Promise<number[]> {
  try {
    const rows = await tx.savepoint((inner) =>
      inner.unsafe<{ at: number }[]>(
        `SELECT q.at FROM json_to_recordset($1::text::json) AS q(at integer, text text, type text)
         WHERE NOT pg_input_is_valid(q.text, q.type) ORDER BY q.at`,
        [JSON.stringify(asked)],
      ),
    );
    return rows.map(({ at }) => at);
  } catch (error) {
    // The function is not there.
    if (postgresError(error)?.code === "42883") return [];
    throw error;
  }
}
