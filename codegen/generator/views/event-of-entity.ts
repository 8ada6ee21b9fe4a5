import type { EntityField } from "../model/fields.js";
import { kebabCase } from "../model/plural.js";
import type { EntityModel, EventModel } from "../model/schema.js";
import { camelCase } from "./casing.js";

/** What a value of an event is taken from: a field of the entity, or one of the columns that every entity has. */
interface EventSource {
  name: string;
  /** Absent for `id`, `createdAt` and `updatedAt`. */
  field?: EntityField;
  type: EntityField["type"];
  required: boolean;
}

/** Where a value of an event about an entity comes from: the field of its name; `productId` is the id of a `Product`. */
export function sourceOf(name: string, entity: EntityModel): EventSource | undefined {
  const field = entity.fields.find((each) => each.name === name);
  if (field !== undefined) return { name, field, type: field.type, required: field.required };
  if (name === "id" || name === `${camelCase(kebabCase(entity.name))}Id`)
    return { name: "id", type: "uuid", required: true };
  return name === "createdAt" || name === "updatedAt"
    ? { name, type: "timestamp", required: true }
    : undefined;
}

/** Members of an event about an entity, given its row. */
export function eventMembers(
  event: EventModel,
  entity: EntityModel,
  toWire: (field: EntityField) => string,
): string {
  return event.fields
    .map(({ name }) => {
      const source = sourceOf(name, entity)!;
      if (source.field !== undefined) return `${name}: ${toWire(source.field)}`;
      return `${name}: row.${source.name}${source.type === "timestamp" ? ".toISOString()" : ""}`;
    })
    .join(", ");
}
