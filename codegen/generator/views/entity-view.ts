import { shortName, snakeCase, sqlText, tableName } from "../migrations/tables.js";
import type { EntityField } from "../model/fields.js";
import { entityPath, kebabCase } from "../model/plural.js";
import type { CrudOperation, EntityModel, ServiceModel } from "../model/schema.js";
import { camelCase, pascalCase, quoted } from "./casing.js";
import { commentText } from "./comment-text.js";
import { memberText, optionalSchema, type ValueView, valueView } from "./value-view.js";

/** A field of an entity: its value on the wire, its column, and the way between them. */
export interface FieldView extends ValueView {
  /** Member of what is read: absent values are null. */
  outputMember: string;
  /** Members and schemas of what is written; one with a default may be left out. */
  createMember: string;
  updateMember: string;
  createSchema: string;
  updateSchema: string;
  /** Drizzle's column, e.g. `varchar("title", { length: 255 }).notNull()`. */
  column: string;
  /** From a row to the wire, e.g. `row.dueAt.toISOString()`. */
  toWire: string;
  /** From the wire to a column, given the value's expression. */
  isTimestamp: boolean;
  isBigint: boolean;
}

export interface EntityView {
  name: string;
  description: string;
  /** `orderItem`, `orderItems`: one and many of them in code. */
  one: string;
  many: string;
  /** `OrderItems`. */
  Many: string;
  /** Path below the service and folder of the handlers. */
  path: string;
  file: string;
  table: string;
  fields: FieldView[];
  operations: Record<CrudOperation, boolean>;
  filters: {
    name: string;
    type: string;
    schema: string;
    isBoolean: boolean;
    isNumber: boolean;
    value: string;
  }[];
  /** What lists can be sorted by besides the time of creation. */
  sorts: { name: string; parse: string }[];
  sortNames: string;
  columnBuilders: string[];
  /** Indexes and checks of the table, as Drizzle writes them. */
  extras: string[];
}

/** How a service's code writes an entity. */
export function entityView(entity: EntityModel, service: ServiceModel): EntityView {
  const path = entityPath(entity);
  const many = camelCase(path);
  const operations = Object.fromEntries(
    (["list", "get", "create", "update", "delete"] as const).map((name) => [
      name,
      entity.operations.includes(name),
    ]),
  ) as Record<CrudOperation, boolean>;
  const fields = entity.fields.map((field) => fieldView(field, service));
  const byName = new Map(entity.fields.map((field) => [field.name, field]));
  const sortable = entity.sort.filter((name) => name !== "createdAt");
  return {
    name: entity.name,
    description: commentText(entity.description ?? ""),
    one: camelCase(kebabCase(entity.name)),
    many,
    Many: pascalCase(path),
    path,
    file: kebabCase(entity.name),
    table: tableName(entity),
    fields,
    operations,
    filters: entity.filters.map((name) => filterView(name, byName.get(name))),
    sorts: sortable.map((name) => ({ name, parse: name === "id" ? "value" : sortParse(byName.get(name)) })),
    sortNames: ["createdAt", ...sortable].flatMap((name) => [quoted(name), quoted(`-${name}`)]).join(", "),
    columnBuilders: [...new Set(entity.fields.map(columnBuilder))],
    extras: extrasOf(entity),
  };
}

function fieldView(field: EntityField, service: ServiceModel): FieldView {
  const value = valueView(field);
  const given = field.required && field.default === undefined;
  const member = field.required ? `${value.name}?: ${value.type}` : memberText(value);
  const schema = field.required ? `v.optional(${value.schema})` : optionalSchema(value);
  return {
    ...value,
    outputMember: field.required ? `${value.name}: ${value.type}` : `${value.name}: ${value.type} | null`,
    createMember: given ? memberText(value) : member,
    updateMember: member,
    createSchema: given ? value.schema : schema,
    updateSchema: schema,
    column: columnText(field, service),
    toWire: toWire(field),
    isTimestamp: field.type === "timestamp",
    isBigint: field.type === "bigint",
  };
}

/** From a row to the wire, e.g. `row.dueAt.toISOString()`. */
export function toWire({ name, type, required }: EntityField): string {
  const dot = required ? "." : "?.";
  const otherwise = required ? "" : " ?? null";
  if (type === "timestamp") return `row.${name}${dot}toISOString()${otherwise}`;
  if (type === "bigint") return `row.${name}${dot}toString()${otherwise}`;
  return `row.${name}`;
}

/** Name of Drizzle's column function. */
function columnBuilder({ type }: EntityField): string {
  switch (type) {
    case "string":
      return "varchar";
    case "enum":
      return "text";
    case "decimal":
      return "numeric";
    case "number":
      return "doublePrecision";
    case "reference":
      return "uuid";
    case "json":
      return "jsonb";
    default:
      return type;
  }
}

function columnText(field: EntityField, service: ServiceModel): string {
  const name = quoted(snakeCase(field.name));
  const options: Partial<Record<EntityField["type"], string>> = {
    string: `{ length: ${field.maxLength ?? 255} }`,
    decimal: `{ precision: ${field.precision ?? 18}, scale: ${field.scale ?? 2} }`,
    bigint: `{ mode: "bigint" }`,
    timestamp: "{ withTimezone: true, precision: 3 }",
    ...(field.values ? { enum: `{ enum: [${field.values.map(quoted).join(", ")}] }` } : {}),
  };
  const option = options[field.type];
  let text = `${columnBuilder(field)}(${name}${option === undefined ? "" : `, ${option}`})`;
  if (field.type === "json") text += ".$type<Json>()";
  if (field.required) text += ".notNull()";
  if (field.unique)
    text += `.unique(${quoted(shortName(`${tableOfField(field, service)}_${snakeCase(field.name)}_key`))})`;
  const target = service.entities.find((entity) => entity.name === field.entity);
  if (target !== undefined) {
    const onDelete = (field.onDelete ?? "restrict").replace("-", " ");
    text += `.references((): AnyPgColumn => ${camelCase(entityPath(target))}.id, { onDelete: ${quoted(onDelete)} })`;
  }
  if (field.default !== undefined) {
    const numeric = field.type === "bigint" ? `${field.default}n` : JSON.stringify(field.default);
    text += `.default(${field.type === "decimal" ? quoted(String(field.default)) : numeric})`;
  }
  return text;
}

function tableOfField(field: EntityField, service: ServiceModel): string {
  return tableName(service.entities.find((entity) => entity.fields.includes(field))!);
}

function extrasOf(entity: EntityModel): string[] {
  const table = tableName(entity);
  const index = (name: string, columns: readonly string[], unique = false) =>
    `${unique ? "uniqueIndex" : "index"}(${quoted(shortName(name))}).on(${columns.map((column) => `table.${column}`).join(", ")})`;
  const named = (fields: readonly string[], suffix: string) =>
    `${table}_${fields.map(snakeCase).join("_")}_${suffix}`;
  const check = (field: EntityField, suffix: string, condition: string) =>
    `check(${quoted(shortName(`${table}_${snakeCase(field.name)}_${suffix}`))}, sql\`\${table.${field.name}} ${condition}\`)`;
  return [
    index(`${table}_created_at_id_idx`, ["createdAt", "id"]),
    ...entity.fields
      .filter((field) => field.type === "reference" && !field.unique)
      .map((field) => index(named([field.name], "idx"), [field.name])),
    ...entity.indexes.map(({ fields, unique }) =>
      index(named(fields, unique ? "key" : "idx"), fields, unique),
    ),
    ...entity.fields.flatMap((field) => [
      ...(field.values ? [check(field, "values", `in (${field.values.map(sqlText).join(", ")})`)] : []),
      ...(field.minimum === undefined ? [] : [check(field, "minimum", `>= ${field.minimum}`)]),
      ...(field.maximum === undefined ? [] : [check(field, "maximum", `<= ${field.maximum}`)]),
    ]),
  ];
}

function filterView(name: string, field: EntityField | undefined): EntityView["filters"][number] {
  const type = field?.type ?? (name === "id" ? "uuid" : "timestamp");
  const value = field && valueView({ ...field, required: true });
  const isNumber = type === "integer" || type === "number";
  return {
    name,
    type: isNumber ? "number" : type === "boolean" ? "boolean" : (value?.type ?? "string"),
    schema: value?.schema ?? (type === "uuid" ? "v.pipe(v.string(), v.uuid())" : "instant"),
    isBoolean: type === "boolean",
    isNumber,
    value:
      type === "timestamp"
        ? `new Date(query.${name})`
        : type === "bigint"
          ? `BigInt(query.${name})`
          : `query.${name}`,
  };
}

/** From the text of a cursor to a value that a column is compared with. */
function sortParse(field: EntityField | undefined): string {
  if (field === undefined) return "new Date(value)";
  if (field.type === "timestamp") return "new Date(value)";
  if (field.type === "integer" || field.type === "number") return "Number(value)";
  if (field.type === "bigint") return "BigInt(value)";
  if (field.type === "boolean") return 'value === "true"';
  return "value";
}
