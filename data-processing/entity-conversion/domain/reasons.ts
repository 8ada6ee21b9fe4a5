import { postgresError } from "../../sources/postgres-errors.js";
import type { ConversionReason } from "../types.js";
import type { ConversionPlan, LookupPlan } from "./plan.js";
import type { StepRow } from "./write-statement.js";

/** The rule's condition does not hold for the record. */
export const conditionNotMet: ConversionReason = {
  code: "condition_not_met",
  message: "The rule's condition does not hold for this record.",
  path: "when",
};

/** The source does not hold a record. */
export function sourceRecordNotFound(plan: ConversionPlan, recordId: string): ConversionReason {
  const { entityType, source } = plan.source.schema;
  return {
    code: "source_record_not_found",
    message: `"${entityType}" of "${source}" has no record "${recordId}".`,
  };
}

/** A lookup found nothing. */
export function lookupMissed(lookup: LookupPlan, path: string): ConversionReason {
  return {
    code: "lookup_missed",
    message: `No record of "${lookup.entity.schema.entityType}" has the ${lookup.matchColumn} that was looked for.`,
    path,
  };
}

/** Why a step of the write statement left a record out; undefined for steps that did not. */
export function stepReason(plan: ConversionPlan, row: StepRow): ConversionReason | undefined {
  const target = plan.targets[row.cause];
  switch (row.step) {
    case "skipped":
    case "failed":
      if (target?.value.kind === "lookup") return lookupMissed(target.value.lookup, target.path);
      return conditionNotMet;
    case "null":
      return {
        code: "target_constraint",
        message: `"${target?.field}" of "${plan.target.schema.entityType}" must have a value, and there is none.`,
        path: target?.path,
      };
    case "no-key":
      return {
        code: "natural_key_empty",
        message: `A field of the natural key (${plan.definition.naturalKey.join(", ")}) has no value.`,
        path: "naturalKey",
      };
    case "kept":
      return {
        code: "target_kept",
        message: "The target record is there already, and the merge policy keeps it.",
        path: "mergePolicy",
      };
    case "insert":
    case "update":
      if (row.written) return undefined;
      return {
        code: "target_not_written",
        message:
          "The target did not take the record: a trigger or a policy of the database suppressed the write.",
      };
    default:
      return undefined;
  }
}

/** Why the database refused a record. */
export function refusedReason(plan: ConversionPlan, error: unknown): ConversionReason {
  const cause = postgresError(error);
  const column = cause?.column_name;
  const path = plan.targets.find((target) => target.field === column)?.path;
  const detail = cause?.detail ? ` ${cause.detail}` : "";
  return {
    code: cause?.code?.startsWith("23") ? "target_constraint" : "target_value",
    message: `${cause?.message ?? String(error)}.${detail}`.slice(0, 1_000),
    path,
  };
}
