import { hasEvents } from "../model/has-database.js";
import type { ServiceModel } from "../model/schema.js";
import type { Column, Index, Table } from "./tables.js";

const INSTANT = "timestamp (3) with time zone";
const createdAt: Column = { name: "created_at", type: INSTANT, required: true, default: "now()" };
const text = (name: string, required = true): Column => ({ name, type: "text", required });

/** Messages that wait to be sent. */
const outbox = table(
  "outbox",
  [
    { name: "id", type: "uuid", required: true, default: "gen_random_uuid()" },
    { name: "position", type: "bigserial", required: true },
    text("topic"),
    text("key", false),
    { name: "headers", type: "jsonb", required: true },
    text("body"),
    createdAt,
  ],
  [{ name: "outbox_position_key", unique: true, columns: ["position"] }],
);

/** Events that were handled. */
const inbox = table(
  "inbox",
  [text("id"), text("topic"), text("position"), text("outcome"), createdAt],
  [{ name: "inbox_created_at_idx", unique: false, columns: ["created_at"] }],
);

/** When each job ran last. */
const jobRuns = table("job_runs", [
  text("id"),
  { name: "due_at", type: INSTANT, required: true },
  { name: "started_at", type: INSTANT, required: true },
  { name: "finished_at", type: INSTANT, required: false },
  { name: "held_until", type: INSTANT, required: true },
  text("outcome", false),
]);

/** Tables that a service has for its events and jobs. */
export function ownTables(service: ServiceModel): Table[] {
  return [
    ...(hasEvents(service) ? [outbox] : []),
    ...(service.consumes.length > 0 ? [inbox] : []),
    ...(service.jobs.length > 0 ? [jobRuns] : []),
  ];
}

function table(name: string, columns: Column[], indexes: Index[] = []): Table {
  return { name, columns, constraints: [], indexes };
}
