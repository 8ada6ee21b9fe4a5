import { postgresError } from "../../sources/postgres-errors.js";
import type { ConversionPlan, LookupPlan } from "./plan.js";
import type { KnownReason } from "./reason-codes.js";
import type { StepRow } from "./write-statement.js";

/** The rule's condition does not hold for the record. */
export const conditionNotMet: KnownReason = {
  code: "condition_not_met",
  message: "The rule's condition does not hold for this record.",
  path: "when",
};

/** A trigger or a policy of the target let a write pass without effect. */
export const notWritten: KnownReason = {
  code: "target_not_written",
  message: "The target did not take the record: a trigger or a policy of the database suppressed the write.",
};

/** The source refused what was to be set on its record. The target is written; the next conversion tries again. */
export function writeBackRefused(error: string): KnownReason {
  return {
    code: "write_back_failed",
    message: `The target was written, but the source record could not be changed: ${error}.`,
    path: "writeBack",
  };
}

/** The source does not hold a record. */
export function sourceRecordNotFound(plan: ConversionPlan, recordId: string): KnownReason {
  const { entityType, source } = plan.source.schema;
  return {
    code: "source_record_not_found",
    message: `"${entityType}" of "${source}" has no record "${recordId}".`,
  };
}

/** A lookup found nothing. */
export function lookupMissed(lookup: LookupPlan, path: string): KnownReason {
  return {
    code: "lookup_missed",
    message: `No record of "${lookup.entity.schema.entityType}" has the ${lookup.matchColumn} that was looked for.`,
    path,
  };
}

/** Why a step of the write statement left a record out; undefined for steps that did not. */
export function stepReason(plan: ConversionPlan, row: StepRow): KnownReason | undefined {
  const target = plan.targets[row.cause];
  switch (row.step) {
    case "skipped":
    case "failed":
      if (target?.value.kind === "lookup") return lookupMissed(target.value.lookup, target.path);
      return conditionNotMet;
    case "null":
      return {
        code: "target_constraint",
        message: `"${target?.field}" of "${plan.parts[target?.part ?? 0]?.entity.schema.entityType}" must have a value, and there is none.`,
        path: target?.path,
      };
    case "no-key": {
      const part = plan.parts[row.part ?? 0] ?? plan.parts[0];
      const fields = part.naturalKey.map((place) => plan.targets[place]!.field);
      return {
        code: "natural_key_empty",
        message: `A field of the natural key (${fields.join(", ")}) has no value.`,
        path: `${part.path}naturalKey`,
      };
    }
    case "kept":
      return {
        code: "target_kept",
        message: "The target record is there already, and the merge policy keeps it.",
        path: "mergePolicy",
      };
    case "insert":
    case "update":
      return row.written ? undefined : notWritten;
    default:
      return undefined;
  }
}

/** Why the database refused a record. */
export function refusedReason(plan: ConversionPlan, error: unknown): KnownReason {
  const cause = postgresError(error);
  const { column_name: column, table_name: table } = cause ?? {};
  const path = plan.targets.find(
    ({ field, part }) => field === column && (plan.parts[part]?.entity ?? plan.source).table.table === table,
  )?.path;
  const detail = cause?.detail ? ` ${cause.detail}` : "";
  return {
    code: cause?.code?.startsWith("23") ? "target_constraint" : "target_value",
    message: `${cause?.message ?? String(error)}.${detail}`.slice(0, 1_000),
    path,
  };
}
