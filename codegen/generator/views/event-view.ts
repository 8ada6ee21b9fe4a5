import type { EventModel, ServiceModel } from "../model/schema.js";
import { camelCase, pascalCase } from "./casing.js";
import { commentText } from "./comment-text.js";
import { memberText, optionalSchema, type ValueView, valueView } from "./value-view.js";

/** An event as code writes it. */
export interface EventView {
  /** Its name in the model, e.g. `order-placed`; also the topic and part of file names. */
  topic: string;
  /** `orderPlaced`, `OrderPlaced`. */
  event: string;
  Event: string;
  description: string;
  version: number;
  publisher: string;
  fields: (Pick<ValueView, "name" | "description"> & { member: string; optionalSchema: string })[];
  /** Function that gives an event's key. */
  key: string;
}

/** How code writes an event of a service. */
export function eventView(event: EventModel, { name: publisher }: ServiceModel): EventView {
  return {
    topic: event.name,
    event: camelCase(event.name),
    Event: pascalCase(event.name),
    description: commentText(event.description ?? `What the event ${event.name} tells.`),
    version: event.version,
    publisher,
    fields: event.fields.map(valueView).map((value) => ({
      name: value.name,
      description: value.description,
      member: memberText(value),
      optionalSchema: optionalSchema(value),
    })),
    key: keyFunction(event),
  };
}

function keyFunction({ key, fields }: EventModel): string {
  const field = fields.find(({ name }) => name === key);
  if (field === undefined) return "() => null";
  const { type } = valueView(field);
  const isText = type !== "number" && type !== "boolean";
  if (isText) return `(event) => event.${field.name}${field.required ? "" : " ?? null"}`;
  return field.required
    ? `(event) => String(event.${field.name})`
    : `(event) => event.${field.name} == null ? null : String(event.${field.name})`;
}
