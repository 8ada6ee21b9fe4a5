import type { JsonValue } from "../../../shared/json.js";

export type JsonObject = { [key: string]: JsonValue };

/** What an object of an event says of a record: as a source, as a target, or both. */
export interface RecordMention {
  sourceEntity?: string;
  sourceRecordId?: string;
  targetEntity?: string;
  targetRecordId?: string;
  /** The object's fields, over those of the event around it. */
  fields: JsonObject;
}

/** Lists that are a user's data and tell of nothing. */
const opaque = new Set(["data", "fields", "details"]);

/**
 * The records that an event tells of, found by the names of its fields: `sourceRecordId` (of `sourceEntity`),
 * `targetRecordId` (of `targetEntity`) and `recordId` (of `entity` or `entityType`), at the top and in lists of objects,
 * which inherit what is said around them. Objects below, such as field values, are a user's data and tell nothing.
 */
export function* recordMentions(body: JsonValue, around: JsonObject = {}): Generator<RecordMention> {
  if (!isObject(body)) return;
  const fields = { ...around, ...body };
  const sourceRecordId = textOf(body.sourceRecordId) ?? textOf(body.recordId);
  const targetRecordId = textOf(body.targetRecordId);
  if (sourceRecordId !== undefined || targetRecordId !== undefined) {
    const ofRecord = textOf(body.sourceRecordId) === undefined;
    const entity = ofRecord
      ? (textOf(fields.entity) ?? textOf(fields.entityType))
      : textOf(fields.sourceEntity);
    yield {
      ...(sourceRecordId === undefined ? {} : { sourceRecordId, sourceEntity: entity }),
      ...(targetRecordId === undefined ? {} : { targetRecordId, targetEntity: textOf(fields.targetEntity) }),
      fields,
    };
  }
  const inherited = Object.fromEntries(Object.entries(fields).filter(([, value]) => !isNested(value)));
  for (const item of itemsOf(body)) yield* recordMentions(item, inherited);
}

/** The objects in the lists of an object of an event. */
export function* itemsOf(object: JsonObject): Generator<JsonObject> {
  for (const [name, value] of Object.entries(object)) {
    if (opaque.has(name) || !Array.isArray(value)) continue;
    for (const item of value) if (isObject(item)) yield item;
  }
}

function isNested(value: JsonValue): boolean {
  return typeof value === "object" && value !== null;
}

/** Whether a JSON value is an object and no list. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text that is not empty. */
export function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
