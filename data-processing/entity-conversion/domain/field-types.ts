import type { DiscoveredEntity } from "../../schema-discovery/domain/entity.js";
import type { FieldDefinition } from "../../schema-discovery/types.js";
import type { TypedColumn } from "./column-sql.js";
import type { ExprType } from "./expressions/expression.js";

/** The field with what the engine knows of its column; undefined where the entity has no such field. */
export function columnOf(
  entity: DiscoveredEntity,
  name: string,
): (TypedColumn & { field: FieldDefinition }) | undefined {
  const field = entity.schema.fields.find((candidate) => candidate.name === name);
  const column = entity.columns[name];
  return field && column && { kind: field.kind, column, field };
}

/** Whether both columns have the same type, so that values need no cast. */
export function sameType(from: TypedColumn, to: TypedColumn): boolean {
  return from.column.castType === to.column.castType;
}

/** Why a column cannot be copied to another one as it is; undefined where it can. */
export function copyProblem(
  from: TypedColumn & { field: FieldDefinition },
  to: TypedColumn & { field: FieldDefinition },
): string | undefined {
  if (sameType(from, to) || isPlainText(to)) return undefined;
  const fits =
    (from.kind === "string" && (to.kind === "string" || to.kind === "other")) ||
    (from.kind === "int" && (to.kind === "int" || to.kind === "double")) ||
    (from.kind === "double" && to.kind === "double") ||
    (from.kind === "bool" && to.kind === "bool") ||
    (from.kind === "timestamp" && to.kind === "timestamp") ||
    (from.kind === "other" &&
      from.column.baseType.startsWith("json") &&
      to.column.baseType.startsWith("json"));
  if (fits) return undefined;
  const hint = conversionHint(from.field, to);
  return `${from.field.dataType} cannot be copied to ${to.field.dataType}${hint ? `: use an expression such as \`${hint}\`` : ""}.`;
}

function isPlainText(column: TypedColumn): boolean {
  return ["text", "varchar", "bpchar"].includes(column.column.baseType);
}

/** `record.name`, in brackets where the name is no plain identifier. */
export function fieldReference(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `record.${name}` : `record[${JSON.stringify(name)}]`;
}

/** An expression that turns a field into the kind that a column wants; undefined where there is none. */
export function conversionHint(from: FieldDefinition, to: TypedColumn): string | undefined {
  const ref = fieldReference(from.name);
  const wanted = to.kind;
  if (wanted === "string") return `string(${ref})`;
  if (from.kind === "string" || from.kind === "other") {
    if (wanted === "int") return `toInt(${ref})`;
    if (wanted === "double") return `toNumber(${ref})`;
    if (wanted === "timestamp") return `timestamp(${ref})`;
    if (wanted === "bool") return `lower(${ref}) in ["true", "yes", "1"]`;
  }
  if (from.kind === "double" && wanted === "int") return `int(round(${ref}))`;
  if (from.kind === "int" && wanted === "bool") return `${ref} != 0`;
  return undefined;
}

/** Whether an expression of this type can be written to the column. */
export function resultFits(type: ExprType, to: TypedColumn): boolean {
  if (type === "null") return true;
  if (type === "string") return to.kind === "string" || to.kind === "other";
  if (type === "int") return to.kind === "int" || to.kind === "double";
  return to.kind === type;
}
