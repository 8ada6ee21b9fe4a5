import type { JsonValue } from "../../../shared/json.js";
import type { EventSubject } from "../types.js";
import { isObject, itemsOf, type JsonObject, recordMentions, textOf } from "./record-mentions.js";

const mostSubjects = 2_000;

const fieldKinds: Record<string, Exclude<EventSubject["kind"], "record">> = {
  ruleId: "rule",
  jobId: "job",
  notificationId: "notification",
  sourceId: "source",
};

/**
 * What an event tells of: its project, the records that `recordMentions` finds, and what `ruleId`, `jobId`,
 * `notificationId` and `sourceId` name, at the top and in lists of objects.
 */
export function subjectsOf(event: { projectId?: string | null; body: JsonValue }): EventSubject[] {
  const found = new Map<string, EventSubject>();
  const add = (subject: EventSubject) => {
    const key = JSON.stringify([subject.kind, subject.id, subject.entity]);
    if (found.size < mostSubjects) found.set(key, subject);
  };
  if (event.projectId) add({ kind: "project", id: event.projectId });
  if (isObject(event.body)) addOthers(event.body, add);
  for (const mention of recordMentions(event.body)) {
    const { sourceRecordId, sourceEntity, targetRecordId, targetEntity } = mention;
    if (sourceRecordId !== undefined) add(recordOf(sourceRecordId, sourceEntity));
    if (targetRecordId !== undefined) add(recordOf(targetRecordId, targetEntity));
  }
  return [...found.values()];
}

function recordOf(id: string, entity: string | undefined): EventSubject {
  return { kind: "record", id, ...(entity === undefined ? {} : { entity }) };
}

function addOthers(object: JsonObject, add: (subject: EventSubject) => void): void {
  for (const [field, kind] of Object.entries(fieldKinds)) {
    const id = textOf(object[field]);
    if (id !== undefined) add({ kind, id });
  }
  for (const item of itemsOf(object)) addOthers(item, add);
}
