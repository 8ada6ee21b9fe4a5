import type { JsonValue } from "../../../shared/json.js";
import type { EventSubject } from "../types.js";

type JsonObject = { [key: string]: JsonValue };

const mostSubjects = 2_000;

/** Fields whose value names a record, each with the field that names its entity. */
const recordFields: Record<string, string[]> = {
  sourceRecordId: ["sourceEntity"],
  targetRecordId: ["targetEntity"],
  recordId: ["entity", "entityType"],
};

const otherFields: Record<string, Exclude<EventSubject["kind"], "record">> = {
  ruleId: "rule",
  jobId: "job",
  notificationId: "notification",
  sourceId: "source",
};

/**
 * What an event tells of, found by the names of its fields: `sourceRecordId` (of `sourceEntity`), `targetRecordId` (of
 * `targetEntity`), `recordId` (of `entity` or `entityType`), `ruleId`, `jobId`, `notificationId`, `sourceId`; at the top
 * and in lists of objects, which inherit the entities. Objects below, such as field values, are a user's data and tell
 * nothing.
 */
export function subjectsOf(event: { projectId?: string | null; body: JsonValue }): EventSubject[] {
  const found = new Map<string, EventSubject>();
  const add = (subject: EventSubject) => {
    const key = JSON.stringify([subject.kind, subject.id, subject.entity]);
    if (found.size < mostSubjects) found.set(key, subject);
  };
  if (event.projectId) add({ kind: "project", id: event.projectId });
  if (isObject(event.body)) collect(event.body, {}, add);
  return [...found.values()];
}

function collect(object: JsonObject, inherited: JsonObject, add: (subject: EventSubject) => void): void {
  const known = { ...inherited, ...object };
  for (const [field, kind] of Object.entries(otherFields)) {
    const id = object[field];
    if (typeof id === "string" && id !== "") add({ kind, id });
  }
  for (const [field, entityFields] of Object.entries(recordFields)) {
    const id = object[field];
    if (typeof id !== "string" || id === "") continue;
    const entity = entityFields.map((name) => known[name]).find((value) => typeof value === "string");
    add({ kind: "record", id, ...(entity === undefined ? {} : { entity }) });
  }
  const entities = Object.fromEntries(
    Object.values(recordFields)
      .flat()
      .flatMap((name) => (known[name] === undefined ? [] : [[name, known[name]]])),
  );
  for (const [name, value] of Object.entries(object)) {
    if (name === "data" || !Array.isArray(value)) continue;
    for (const item of value) if (isObject(item)) collect(item, entities, add);
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
