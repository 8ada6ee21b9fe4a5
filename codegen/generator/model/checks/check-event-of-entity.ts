import { sourceOf } from "../../views/event-of-entity.js";
import type { Report } from "../diagnostics.js";
import type { EntityField, Value } from "../fields.js";
import type { EventModel, ServiceModel } from "../schema.js";

/** An event that tells of changes of an entity: the entity has the operation, and fields for all that the event says. */
export function checkEventOfEntity(
  { on, fields }: EventModel,
  service: ServiceModel,
  path: readonly PropertyKey[],
  report: Report,
): void {
  if (on === undefined) return;
  const entity = service.entities.find(({ name }) => name === on.entity);
  if (entity === undefined) {
    report({
      code: "unknown_entity",
      path: [...path, "on", "entity"],
      message: `no entity "${on.entity}" in this service`,
      fix: "Choose one of this service's entities.",
    });
    return;
  }
  if (!entity.operations.includes(on.operation)) {
    report({
      code: "unknown_operation",
      path: [...path, "on", "operation"],
      message: `${entity.name} has no operation "${on.operation}"`,
      fix: `Add it to the entity's operations, or choose one of ${entity.operations.join(", ")}.`,
    });
  }
  for (const [index, value] of fields.entries()) {
    const at = [...path, "fields", index];
    const source = sourceOf(value.name, entity);
    if (source === undefined) {
      report({
        code: "unknown_field",
        path: [...at, "name"],
        message: `${entity.name} has no field "${value.name}" that the event could tell`,
        fix: `Choose one of ${[...entity.fields.map(({ name }) => name), "id", "createdAt", "updatedAt"].join(", ")}.`,
      });
      continue;
    }
    const problem = value.list
      ? "a list, and the entity has one value"
      : plainType(value.type) !== plainType(source.type)
        ? `of the type ${value.type}, and the entity's field is a ${source.type}`
        : value.required && !source.required
          ? "required, and the entity's field may be empty"
          : source.field && narrower(value, source.field);
    if (problem !== undefined) {
      report({
        code: "event_mismatch",
        path: at,
        message: `"${value.name}" is ${problem}`,
        fix: "Describe it as the entity does.",
      });
    }
  }
}

/** A reference is the id of a record. */
function plainType(type: Value["type"] | EntityField["type"]): string {
  return type === "reference" ? "uuid" : type;
}

/** Whether an event's value refuses what the entity's field can hold. */
function narrower(value: Value, field: EntityField): string | undefined {
  const most = (each: Value | EntityField) => each.maxLength ?? (each.type === "string" ? 255 : 1_000_000);
  if (most(value) < most(field))
    return `limited to ${most(value)} characters, and the entity's field to ${most(field)}`;
  const missing = field.values?.find((each) => !value.values?.includes(each));
  if (missing !== undefined) return `without the value "${missing}"`;
  const digits = (each: Value | EntityField) => (each.precision ?? 18) - (each.scale ?? 2);
  if (digits(value) < digits(field) || (value.scale ?? 2) < (field.scale ?? 2))
    return "a number of fewer digits";
  const low = value.minimum !== undefined && (field.minimum ?? -Infinity) < value.minimum;
  const high = value.maximum !== undefined && (field.maximum ?? Infinity) > value.maximum;
  return low || high ? "limited to fewer numbers than the entity's field" : undefined;
}
