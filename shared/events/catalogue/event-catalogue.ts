import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import catalogue from "./catalogue.json" with { type: "json" };
import type { CataloguedEvent } from "./types.js";

/** Every version of every event type, generated from the sources by `npm run generate`. */
export const eventCatalogue = catalogue.events as unknown as readonly CataloguedEvent[];

const ajv = new Ajv2020({ strict: false });
const validators = new Map<CataloguedEvent, ValidateFunction>();

/** The versions of an event type that are published on a topic; none for a type that is not known. */
export function versionsOf(topic: string, type: string): CataloguedEvent[] {
  return eventCatalogue.filter((event) => event.topic === topic && event.type === type);
}

/** What is wrong with the body of an event, by the schema of its version; undefined where nothing is. */
export function schemaProblem(event: CataloguedEvent, body: unknown): string | undefined {
  let validate = validators.get(event);
  if (validate === undefined) {
    validate = ajv.compile(event.schema);
    validators.set(event, validate);
  }
  return validate(body) ? undefined : ajv.errorsText(validate.errors, { dataVar: "event" });
}
