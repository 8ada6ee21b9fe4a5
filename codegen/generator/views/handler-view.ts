import type { ServiceModel } from "../model/schema.js";
import { cacheView } from "./cache-view.js";
import { pascalCase } from "./casing.js";
import { type EntityView, toWire } from "./entity-view.js";
import { eventMembers } from "./event-of-entity.js";

type Change = "create" | "update" | "delete";

/** What the handlers of an entity show besides the entity. */
export interface HandlerView extends EntityView {
  service: string;
  /** `order items`, `order item`: as sentences say it. */
  words: string;
  word: string;
  /** Members of what is written to a row. */
  inputRow: string;
  /** Names of `row-values.ts` that this takes. */
  rowValues: string;
  /** The cache that holds the records, its module, and whether it is written to; empty where there is none. */
  cacheVariable: string;
  cacheFile: string;
  writeThrough: boolean;
  /** Events that tell of changes of a record. */
  events: Record<Change, { topic: string; Event: string; members: string }[]>;
  tells: Record<Change, boolean>;
}

/** How the handlers of an entity are written. */
export function handlerView(entity: EntityView, service: ServiceModel): HandlerView {
  const cached = service.caches.find((each) => each.entity === entity.name);
  const cache = cached && cacheView(cached, service);
  const events = {
    create: eventsOn("create", entity, service),
    update: eventsOn("update", entity, service),
    delete: eventsOn("delete", entity, service),
  };
  return {
    ...entity,
    service: service.name,
    words: entity.path.replaceAll("-", " "),
    word: entity.file.replaceAll("-", " "),
    inputRow: inputRow(entity),
    rowValues: [
      ...(entity.fields.some((field) => field.isBigint) ? ["asBigint"] : []),
      ...(entity.fields.some((field) => field.isTimestamp) ? ["asDate"] : []),
    ].join(", "),
    cacheVariable: cache?.variable ?? "",
    cacheFile: cache === undefined ? "" : `${cache.cache}-cache`,
    writeThrough: cache?.writeThrough ?? false,
    events,
    tells: {
      create: events.create.length > 0,
      update: events.update.length > 0,
      delete: events.delete.length > 0,
    },
  };
}

function eventsOn(
  change: Change,
  { name }: EntityView,
  service: ServiceModel,
): HandlerView["events"][Change] {
  const entity = service.entities.find((each) => each.name === name)!;
  return service.publishes
    .filter(({ on }) => on?.entity === name && on.operation === change)
    .map((event) => ({
      topic: event.name,
      Event: pascalCase(event.name),
      members: eventMembers(event, entity, toWire),
    }));
}

/** The input, with instants and 64-bit integers as the driver takes them. */
function inputRow({ fields }: EntityView): string {
  const parts = fields
    .filter((field) => field.isTimestamp || field.isBigint)
    .map(({ name, isTimestamp }) => `${name}: ${isTimestamp ? "asDate" : "asBigint"}(input.${name})`);
  return ["...input", ...parts].join(", ");
}
