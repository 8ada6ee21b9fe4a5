import type { Report } from "../diagnostics.js";
import type { EntityField } from "../fields.js";
import { ownColumns, reservedEntities, reservedWords } from "../names.js";
import { entityPath } from "../plural.js";
import type { EntityModel, ServiceModel } from "../schema.js";
import { checkFieldOptions } from "./check-field-options.js";
import { reportDuplicates } from "./duplicates.js";

/** Entities of a service: names, fields, references, indexes, and the fields that lists use. */
export function checkEntities(
  { entities }: ServiceModel,
  path: readonly PropertyKey[],
  report: Report,
): void {
  const at = (index: number, ...rest: PropertyKey[]) => [...path, "entities", index, ...rest];
  reportDuplicates(
    entities.map((entity) => entity.name),
    "an entity",
    (index) => at(index, "name"),
    report,
  );
  reportDuplicates(entities.map(entityPath), "a path", (index) => at(index, "plural"), report);
  for (const [index, entity] of entities.entries()) {
    if (reservedEntities.has(entity.name)) {
      report({
        code: "reserved_name",
        path: at(index, "name"),
        message: `"${entity.name}" has a meaning in generated code`,
        fix: `Choose another name, e.g. "${entity.name}Record".`,
      });
    }
    reportDuplicates(
      entity.fields.map((field) => field.name),
      "a field",
      (field) => at(index, "fields", field, "name"),
      report,
    );
    for (const [fieldIndex, field] of entity.fields.entries()) {
      checkField(field, entities, at(index, "fields", fieldIndex), report);
    }
    checkFieldLists(entity, (...rest) => at(index, ...rest), report);
  }
}

function checkField(field: EntityField, entities: EntityModel[], path: PropertyKey[], report: Report): void {
  if (ownColumns.has(field.name) || reservedWords.has(field.name)) {
    report({
      code: "reserved_name",
      path: [...path, "name"],
      message: ownColumns.has(field.name)
        ? `each entity has the field "${field.name}" of itself`
        : `"${field.name}" is a reserved word`,
      fix: "Choose another name.",
    });
  }
  checkFieldOptions(field, path, report);
  if ((field.type === "reference") !== (field.entity !== undefined)) {
    report({
      code: "invalid_option",
      path: [...path, "entity"],
      message: "given for the type reference, and for no other",
      fix:
        field.entity === undefined
          ? "Name the entity that it points to."
          : 'Remove it, or set "type": "reference".',
    });
  } else if (field.entity !== undefined && !entities.some((entity) => entity.name === field.entity)) {
    report({
      code: "unknown_entity",
      path: [...path, "entity"],
      message: `no entity "${field.entity}" in this service`,
      fix: "References stay within a service: hold the id of another service's record in a field of type uuid.",
    });
  }
  if (field.onDelete !== undefined && field.type !== "reference") {
    report({
      code: "invalid_option",
      path: [...path, "onDelete"],
      message: "given for the type reference only",
      fix: "Remove it.",
    });
  } else if (field.onDelete === "set-null" && field.required) {
    report({
      code: "invalid_option",
      path: [...path, "onDelete"],
      message: "a required reference cannot become null",
      fix: 'Choose "restrict" or "cascade", or make the field optional.',
    });
  }
}

function checkFieldLists(
  entity: EntityModel,
  at: (...rest: PropertyKey[]) => PropertyKey[],
  report: Report,
): void {
  const names = new Set([...entity.fields.map((field) => field.name), ...ownColumns]);
  const lists: [readonly string[], PropertyKey[]][] = [
    [entity.filters, ["filters"]],
    [entity.sort, ["sort"]],
    ...entity.indexes.map(({ fields }, index): [string[], PropertyKey[]] => [
      fields,
      ["indexes", index, "fields"],
    ]),
  ];
  for (const [fields, key] of lists) {
    for (const [index, name] of fields.entries()) {
      const field = entity.fields.find((each) => each.name === name);
      if (!names.has(name)) {
        report({
          code: "unknown_field",
          path: at(...key, index),
          message: `no field "${name}" in ${entity.name}`,
          fix: `Choose one of ${[...names].join(", ")}.`,
        });
      } else if (field?.type === "json") {
        report({
          code: "invalid_option",
          path: at(...key, index),
          message: `"${name}" holds JSON, which is not ordered or compared`,
          fix: "Remove it.",
        });
      }
    }
    reportDuplicates(fields, "a field", (index) => at(...key, index), report);
  }
  for (const [index, name] of entity.sort.entries()) {
    const field = entity.fields.find((each) => each.name === name);
    if (field === undefined || field.required || field.type === "json") continue;
    report({
      code: "nullable_sort",
      path: at("sort", index),
      message: `"${name}" may be absent, so that pages in its order would lose records`,
      fix: 'Set "required": true for the field, or remove it here.',
    });
  }
}
