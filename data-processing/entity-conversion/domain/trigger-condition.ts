import type { RuleTrigger } from "../types.js";
import type { Expr, RecordField, RecordName } from "./expressions/expression.js";
import type { ProblemList } from "./rule-problems.js";
import { fieldsOf } from "./used-fields.js";

/**
 * The records that a trigger's condition may name: `new`, also written `record`, and `old`, which is null for a record that
 * was inserted. A row given to evaluation has the fields of `new`, then those of `old`, then whether there is an old one.
 */
export function triggerRecords(fields: readonly RecordField[]): RecordName[] {
  const { length } = fields;
  return [
    { name: "record", at: 0 },
    { name: "new", at: 0 },
    { name: "old", at: length, presentAt: 2 * length },
  ];
}

/** Whether a condition asks for the values before the change. */
export function readsOld(condition: Expr, fields: readonly RecordField[]): boolean {
  return fieldsOf(condition).some((index) => index >= fields.length);
}

/** Checks an automatic rule's condition, operations and field for polling; fields are none where the source is not known. */
export function checkTrigger(
  list: ProblemList,
  trigger: RuleTrigger,
  fields: readonly RecordField[] | undefined,
): Expr | undefined {
  const { mode, condition, operations, watermark } = trigger;
  if (mode === "manual") {
    for (const [name, value] of Object.entries({ condition, operations, watermark }))
      if (value !== undefined)
        list.add(
          `trigger.${name}`,
          "condition_without_trigger",
          `Only an automatic rule has a trigger ${name}.`,
        );
  }
  if (operations !== undefined && (operations.length === 0 || new Set(operations).size < operations.length))
    list.add("trigger.operations", "bad_operations", "One or both of insert and update, each once.");
  if (fields === undefined) return undefined;
  if (watermark !== undefined) checkWatermark(list, watermark, fields);
  return condition === undefined
    ? undefined
    : list.condition("trigger.condition", condition, fields, triggerRecords(fields));
}

function checkWatermark(list: ProblemList, watermark: string, fields: readonly RecordField[]): void {
  const field = fields.find(({ name }) => name === watermark);
  if (!field)
    list.add("trigger.watermark", "unknown_field", `The rule's source has no field "${watermark}".`);
  else if (field.type !== "timestamp" && field.type !== "int")
    list.add(
      "trigger.watermark",
      "type_mismatch",
      `"${watermark}" is ${field.type}: it must be a timestamp or an int.`,
    );
}
