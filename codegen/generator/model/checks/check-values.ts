import type { Report } from "../diagnostics.js";
import type { Value } from "../fields.js";
import { reservedWords } from "../names.js";
import { checkFieldOptions } from "./check-field-options.js";
import { reportDuplicates } from "./duplicates.js";

const MAX_DEPTH = 5;

/** The values of an input, an output or an event, with the parts of objects. */
export function checkValues(
  values: readonly Value[],
  path: readonly PropertyKey[],
  report: Report,
  depth = 1,
): void {
  reportDuplicates(
    values.map((value) => value.name),
    "a value",
    (index) => [...path, index, "name"],
    report,
  );
  for (const [index, value] of values.entries()) {
    const at = [...path, index];
    if (reservedWords.has(value.name)) {
      report({
        code: "reserved_name",
        path: [...at, "name"],
        message: `"${value.name}" is a reserved word`,
        fix: "Choose another name.",
      });
    }
    checkFieldOptions(value, at, report);
    if ((value.type === "object") !== (value.fields !== undefined)) {
      report({
        code: "invalid_option",
        path: [...at, "fields"],
        message: "given for the type object, and for no other",
        fix: value.type === "object" ? "List its parts." : 'Remove them, or set "type": "object".',
      });
    }
    if (value.fields === undefined) continue;
    if (depth < MAX_DEPTH) checkValues(value.fields, [...at, "fields"], report, depth + 1);
    else {
      report({
        code: "too_deep",
        path: [...at, "fields"],
        message: `objects stand in each other more than ${MAX_DEPTH} deep`,
        fix: "Make it flatter, or use a value of type json.",
      });
    }
  }
}
