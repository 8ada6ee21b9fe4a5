import type { JsonValue } from "../../../../shared/json.js";
import type { LegacyRuleNote } from "../../types.js";

export type JsonObject = { [key: string]: JsonValue };

/** A row of a legacy table of rules, whatever its columns are called. */
export interface LegacyRow {
  id?: string;
  name: string;
  description?: string;
  sourceEntity?: string;
  targetEntity?: string;
  /** Column that the mapping stands in, and its parsed value. */
  mappingColumn: string;
  mapping: JsonValue | undefined;
  conditionColumn: string;
  conditions: JsonValue | undefined;
  naturalKey?: string[];
  active: boolean;
  automatic: boolean;
  notes: LegacyRuleNote[];
}

const columns = {
  id: ["id", "rule_id", "uuid"],
  name: ["name", "rule_name", "title"],
  description: ["description", "comment"],
  source: [
    "source_entity",
    "source_entity_type",
    "source_table",
    "source_type",
    "from_entity",
    "source",
    "from",
  ],
  target: ["target_entity", "target_entity_type", "target_table", "target_type", "to_entity", "target", "to"],
  mapping: ["field_mappings", "field_mapping", "mappings", "mapping", "fields"],
  conditions: [
    "conditions",
    "condition",
    "trigger_conditions",
    "trigger_condition",
    "auto_conditions",
    "filter",
  ],
  key: ["natural_key", "unique_key", "key_fields", "match_fields", "unique_fields", "key"],
  active: ["is_active", "active", "enabled", "is_enabled", "status"],
  automatic: [
    "auto_convert",
    "is_automatic",
    "automatic",
    "auto_conversion",
    "trigger_type",
    "conversion_type",
    "type",
  ],
};

/** Columns of which nothing is to be told: the table's own bookkeeping. */
const bookkeeping =
  /^(created|updated|deleted|modified)_?(at|by|on)?$|^(tenant|organization|org|user|owner|company)_id$|^version$/;

/** Reads a row; a text that holds JSON is parsed. Columns that mean nothing here are told of. */
export function readLegacyRow(row: JsonObject, index: number): LegacyRow {
  const byName = new Map(Object.entries(row).map(([name, value]) => [snake(name), { name, value }]));
  const used = new Set<string>();
  const notes: LegacyRuleNote[] = [];
  const take = (names: string[]): { name: string; value: JsonValue } | undefined => {
    const found = names.find((name) => byName.get(name) !== undefined && byName.get(name)!.value !== null);
    if (found === undefined) return undefined;
    used.add(found);
    return byName.get(found);
  };
  const text = (names: string[]): string | undefined => {
    const value = take(names)?.value;
    return typeof value === "string" || typeof value === "number" ? String(value).trim() : undefined;
  };
  const parsed = (names: string[]) => {
    const found = take(names);
    return { column: found?.name ?? names[0]!, value: found && fromText(found.value) };
  };
  const id = text(columns.id);
  const sourceEntity = text(columns.source);
  const targetEntity = text(columns.target);
  const mapping = parsed(columns.mapping);
  const conditions = parsed(columns.conditions);
  const key = fromText(take(columns.key)?.value ?? null);
  const read: LegacyRow = {
    id,
    name: text(columns.name) || `${sourceEntity ?? "?"} → ${targetEntity ?? "?"}`,
    description: text(columns.description),
    sourceEntity,
    targetEntity,
    mappingColumn: mapping.column,
    mapping: mapping.value,
    conditionColumn: conditions.column,
    conditions: conditions.value,
    naturalKey: keyFields(key),
    active: isActive(take(columns.active)?.value),
    automatic: isAutomatic(take(columns.automatic)?.value),
    notes,
  };
  for (const [name, { name: original, value }] of byName) {
    if (used.has(name) || value === null || bookkeeping.test(name)) continue;
    if (Object.values(columns).some((names) => names.includes(name))) continue;
    notes.push({
      path: original,
      outcome: "refused",
      message: "This column means nothing to a rule; it is left out.",
    });
  }
  if (id === undefined)
    notes.push({
      path: `rows[${index}]`,
      outcome: "changed",
      message: "The row has no id: it is known again by its contents.",
    });
  return read;
}

function snake(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

function fromText(value: JsonValue): JsonValue {
  if (typeof value !== "string" || !/^\s*[[{"]/.test(value)) return value;
  try {
    return JSON.parse(value) as JsonValue;
  } catch {
    return value;
  }
}

function keyFields(value: JsonValue): string[] | undefined {
  if (typeof value === "string")
    return value
      .split(",")
      .map((field) => field.trim())
      .filter((field) => field !== "");
  if (!Array.isArray(value)) return undefined;
  return value.filter((field): field is string => typeof field === "string");
}

function isActive(value: JsonValue | undefined): boolean {
  if (typeof value === "string")
    return ["active", "enabled", "true", "t", "1", "yes", "published"].includes(value.toLowerCase());
  return value === undefined || value === true || value === 1;
}

function isAutomatic(value: JsonValue | undefined): boolean {
  if (typeof value === "string")
    return /^(auto(matic)?|true|t|1|yes|event|on_(create|insert|update|change))$/i.test(value);
  return value === true || value === 1;
}
