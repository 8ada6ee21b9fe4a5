import type { JsonValue } from "../../../../shared/json.js";
import type { DiscoveredEntity } from "../../../schema-discovery/domain/entity.js";
import type { FieldMapping, LegacyRuleNote } from "../../types.js";
import { exprTypeOf } from "../column-sql.js";
import { columnOf, conversionHint, copyProblem, fieldReference } from "../field-types.js";
import { literal } from "./legacy-conditions.js";
import type { JsonObject } from "./read-row.js";

/** One field of a legacy mapping, in any of its shapes. */
interface LegacyField {
  path: string;
  target: string;
  source?: string;
  /** Several source fields, to be joined. */
  sources?: string[];
  separator?: string;
  constant?: JsonValue;
  transform?: string;
  default?: JsonValue;
}

interface MappingWorld {
  column: string;
  source: DiscoveredEntity;
  target: DiscoveredEntity;
  notes: LegacyRuleNote[];
}

/** The field mappings that mean what a legacy mapping means. What cannot be taken is told of and left out. */
export function legacyMappings(mapping: JsonValue | undefined, world: MappingWorld): FieldMapping[] {
  const fields = readFields(mapping, world);
  const seen = new Set<string>();
  return fields.flatMap((field) => {
    if (seen.has(field.target)) {
      world.notes.push({
        path: field.path,
        outcome: "refused",
        message: `"${field.target}" is mapped already.`,
      });
      return [];
    }
    const made = fieldMapping(field, world);
    if (made) seen.add(field.target);
    return made ?? [];
  });
}

function readFields(mapping: JsonValue | undefined, world: MappingWorld): LegacyField[] {
  const { column, notes } = world;
  if (Array.isArray(mapping)) {
    return mapping.flatMap((item, at) => {
      const path = `${column}[${at}]`;
      const target = isObject(item) ? textOf(item, targetNames) : undefined;
      if (isObject(item) && target !== undefined) return [{ ...describe(item, path), target }];
      notes.push({ path, outcome: "refused", message: "The mapping names no target field." });
      return [];
    });
  }
  if (!isObject(mapping)) {
    notes.push({ path: column, outcome: "refused", message: "The mapping is neither an object nor a list." });
    return [];
  }
  const entries = Object.entries(mapping);
  const swapped = isSourceFirst(entries, world);
  if (swapped)
    notes.push({
      path: column,
      outcome: "changed",
      message: "Read as source field → target field: these are the entities' fields.",
    });
  return entries.map(([name, value]) => {
    const path = `${column}.${name}`;
    if (swapped) {
      const target = isObject(value) ? (textOf(value, targetNames) ?? name) : String(value);
      return { ...(isObject(value) ? describe(value, path) : { path }), source: name, target };
    }
    if (isObject(value)) return { ...describe(value, path), target: name };
    if (typeof value !== "string") return { path, target: name, constant: value };
    const field = value
      .replace(/^\{\{\s*(.*?)\s*\}\}$|^\$\{(.*?)\}$/, "$1$2")
      .replace(/^(\$\.|source\.|record\.|\$)/, "");
    return { path, target: name, source: field };
  });
}

/** Whether the keys of a mapping are rather fields of the source, and its values of the target. */
function isSourceFirst(entries: [string, JsonValue][], { source, target }: MappingWorld): boolean {
  let straight = 0;
  let swapped = 0;
  for (const [name, value] of entries) {
    const inner = isObject(value) ? textOf(value, [...sourceNames, ...targetNames]) : value;
    if (columnOf(target, name) && (typeof inner !== "string" || columnOf(source, inner))) straight++;
    if (columnOf(source, name) && typeof inner === "string" && columnOf(target, inner)) swapped++;
  }
  return swapped > straight;
}

const targetNames = ["target", "targetField", "target_field", "to", "targetColumn", "target_column"];
const sourceNames = [
  "source",
  "sourceField",
  "source_field",
  "from",
  "field",
  "column",
  "sourceColumn",
  "source_column",
];

function describe(item: JsonObject, path: string): Omit<LegacyField, "target"> {
  const transform = item.transform ?? item.transformation ?? item.function ?? item.format;
  const list = item.fields ?? item.sources ?? item.source_fields;
  const separator =
    item.separator ?? item.delimiter ?? (isObject(transform) ? transform.separator : undefined);
  return {
    path,
    source: textOf(item, sourceNames),
    sources: Array.isArray(list)
      ? list.filter((each): each is string => typeof each === "string")
      : undefined,
    separator: typeof separator === "string" ? separator : undefined,
    constant: item.constant ?? item.value ?? item.static ?? item.fixed,
    transform: isObject(transform)
      ? textOf(transform, ["type", "name", "function"])
      : typeof transform === "string"
        ? transform
        : undefined,
    default: item.default ?? item.defaultValue ?? item.default_value ?? item.fallback,
  };
}

const transforms: Record<string, (value: string) => string> = {
  upper: (value) => `upper(${value})`,
  uppercase: (value) => `upper(${value})`,
  to_upper: (value) => `upper(${value})`,
  lower: (value) => `lower(${value})`,
  lowercase: (value) => `lower(${value})`,
  to_lower: (value) => `lower(${value})`,
  trim: (value) => `trim(${value})`,
  string: (value) => `string(${value})`,
  text: (value) => `string(${value})`,
  to_string: (value) => `string(${value})`,
  int: (value) => `toInt(${value})`,
  integer: (value) => `toInt(${value})`,
  parse_int: (value) => `toInt(${value})`,
  to_int: (value) => `toInt(${value})`,
  number: (value) => `toNumber(${value})`,
  float: (value) => `toNumber(${value})`,
  parse_float: (value) => `toNumber(${value})`,
  to_number: (value) => `toNumber(${value})`,
  decimal: (value) => `toNumber(${value})`,
  date: (value) => `timestamp(${value})`,
  datetime: (value) => `timestamp(${value})`,
  timestamp: (value) => `timestamp(${value})`,
  to_date: (value) => `timestamp(${value})`,
  phone: (value) => `normalizePhone(${value})`,
  normalize_phone: (value) => `normalizePhone(${value})`,
  email: (value) => `normalizeEmail(${value})`,
  normalize_email: (value) => `normalizeEmail(${value})`,
  round: (value) => `round(${value})`,
};
const plainTransforms = ["none", "direct", "copy", "identity", "as_is", ""];

function fieldMapping(field: LegacyField, { source, target, notes }: MappingWorld): FieldMapping | undefined {
  const { path } = field;
  const refuse = (message: string): undefined => {
    notes.push({ path, outcome: "refused", message });
    return undefined;
  };
  const changed = (expression: string): FieldMapping => {
    notes.push({ path, outcome: "changed", message: `Now the expression ${expression}` });
    return { target: field.target, expression };
  };
  const to = columnOf(target, field.target);
  if (!to) return refuse(`"${target.schema.entityType}" has no field "${field.target}".`);
  const transform = (field.transform ?? "")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replaceAll("-", "_");
  if (field.sources) {
    const missing = field.sources.find((name) => !columnOf(source, name));
    if (missing !== undefined) return refuse(`"${source.schema.entityType}" has no field "${missing}".`);
    return changed(
      `joinText(${[JSON.stringify(field.separator ?? " "), ...field.sources.map(fieldReference)].join(", ")})`,
    );
  }
  if (field.source === undefined) {
    if (field.constant === undefined && field.default === undefined)
      return refuse("It names neither a source field nor a value.");
    notes.push({ path, outcome: "taken", message: "A constant." });
    return { target: field.target, constant: field.constant ?? field.default };
  }
  const from = columnOf(source, field.source);
  if (!from) return refuse(`"${source.schema.entityType}" has no field "${field.source}".`);
  const ref = fieldReference(field.source);
  const apply = transforms[transform];
  if (!apply && !plainTransforms.includes(transform))
    return refuse(`The transformation "${field.transform}" is not known: write it as an expression.`);
  const hint = copyProblem(from, to) ? conversionHint(from.field, to) : undefined;
  let expression = apply ? apply(ref) : hint;
  if (field.default !== undefined && field.default !== null) {
    const fallback = literal(field.default, exprTypeOf(expression === undefined ? from.kind : to.kind));
    if (fallback === undefined)
      return refuse(`The default ${JSON.stringify(field.default)} is no value for "${field.target}".`);
    expression = `coalesce(${expression ?? ref}, ${fallback})`;
  }
  if (expression !== undefined) return changed(expression);
  notes.push({ path, outcome: "taken", message: `"${field.source}" is copied.` });
  return { target: field.target, column: field.source };
}

function textOf(object: JsonObject, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = object[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
