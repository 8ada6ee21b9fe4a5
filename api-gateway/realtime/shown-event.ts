import type { StoredEvent } from "../../event-management/event-store/types.js";
import type { JsonValue } from "../../shared/json.js";
import type { ChosenTopics } from "./topics.js";
import type { RealtimeEvent } from "./types.js";

/** Topics of the bus whose events are told to whoever chose what they are about. */
const toldBySubject = new Set(["conversion-events", "schema-events", "project-events", "ingested-events"]);

type JsonObject = { [key: string]: JsonValue };

/** An event as the client sees it; undefined where it is not for this client. */
export function shownEvent(
  event: StoredEvent,
  reader: { userId: string; topics: ChosenTopics },
): RealtimeEvent | undefined {
  const topics =
    event.topic === "notification-events"
      ? notificationTopics(event, reader)
      : subjectTopics(event, reader.topics);
  if (topics.length === 0) return undefined;
  return {
    eventId: event.eventId,
    type: event.type,
    time: new Date(event.time).toISOString(),
    userId: event.userId,
    projectId: event.projectId,
    correlationId: event.correlationId,
    topics,
    data: withChosenRecords(event.body, reader.topics),
  };
}

function subjectTopics({ topic, subjects }: StoredEvent, chosen: ChosenTopics): string[] {
  if (!toldBySubject.has(topic)) return [];
  const found = new Set<string>();
  for (const { kind, id } of subjects) {
    if (chosen.whole.has(kind)) found.add(kind);
    const name = `${kind}:${id}`;
    if (chosen.subjects.has(name)) found.add(name);
  }
  return [...found];
}

/** Notifications go to those they are for, and that something was read to the one who read it. */
function notificationTopics(
  { type, userId, body }: StoredEvent,
  reader: { userId: string; topics: ChosenTopics },
): string[] {
  if (!reader.topics.notifications || !isObject(body)) return [];
  const { recipients, excluded } = body;
  const isFor =
    type === "notification-read"
      ? userId === reader.userId
      : type === "notification-created" &&
        (Array.isArray(recipients)
          ? recipients.includes(reader.userId)
          : !(Array.isArray(excluded) && excluded.includes(reader.userId)));
  return isFor ? ["notifications"] : [];
}

/** The body with those records of a batch that were chosen, so that a job's followers are not sent every record. */
function withChosenRecords(body: JsonValue, chosen: ChosenTopics): JsonValue {
  if (!isObject(body)) return body;
  const { recipients: _, excluded: __, ...shown } = body;
  if (!Array.isArray(shown.records) || chosen.whole.has("record")) return shown;
  const records = shown.records.filter(
    (record) =>
      isObject(record) &&
      [record.sourceRecordId, record.targetRecordId, record.recordId].some(
        (id) => typeof id === "string" && chosen.subjects.has(`record:${id}`),
      ),
  );
  return { ...shown, records, recordCount: shown.records.length };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
