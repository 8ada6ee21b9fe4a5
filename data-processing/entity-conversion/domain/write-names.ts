import { quoteIdentifier } from "../../sources/identifiers.js";
import { assignSql } from "./column-sql.js";
import type { ConversionPlan, PartPlan, TargetPlan } from "./plan.js";

/** Columns of a write statement's rows are named alike for each part of the plan: `step` of the first, `p1_step` … */
export const prefixOf = (part: number): string => (part === 0 ? "" : `p${part}_`);

/** Column of a computed value, by its place in `plan.targets`. */
export const valueColumn = (place: number): string => `v${place}`;

/** A column of a table, as SQL. */
export const columnSql = (alias: string, name: string): string => `${alias}.${quoteIdentifier(name)}`;

/** Whether the plan makes more than one record of each source record. */
export const hasRelated = (plan: ConversionPlan): boolean => plan.parts.length > 1;

/** Whether a value refers to a part. */
export function isReferred(plan: ConversionPlan, part: number): boolean {
  return plan.targets.some(({ value }) => value.kind === "reference" && value.part === part);
}

/** Places of a part's values that are keys of other parts. */
export function referencePlaces(plan: ConversionPlan, part: PartPlan): number[] {
  return part.places.filter((place) => plan.targets[place]!.value.kind === "reference");
}

/** The key that a reference stands for, as its field takes it: from the row alone, or from what was `written` too. */
export function referenceSql(
  target: TargetPlan,
  row: string,
  written?: (part: number, keyAt: number) => string,
): string {
  const { value } = target;
  if (value.kind !== "reference") throw new Error("The value is no reference.");
  const known = `${row}.${prefixOf(value.part)}k${value.keyAt}`;
  const key = written ? `coalesce(${written(value.part, value.keyAt)}, ${known})` : known;
  return value.sameType ? assignSql(key, "same", target) : assignSql(`(${key})::text`, "text", target);
}

/** The text of one key column of the linked target record. */
export function linkKeySql(part: PartPlan, at: number, prefix: string): string {
  return part.targetKey.length === 1
    ? `(c.${prefix}link_target)`
    : `((c.${prefix}link_target)::jsonb ->> ${at})`;
}
