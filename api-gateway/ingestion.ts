import { api } from "encore.dev/api";
import { ingest } from "./ingestion/ingest.js";

/**
 * Takes in events of other systems as CloudEvents 1.0: structured, binary or batched. What is answered with 202 is
 * durable; the same source and id counts once; what is not accepted is listed with its place and reason.
 */
export const ingestEvents = api.raw(
  { method: "POST", path: "/api/v1/events", expose: true, auth: true, bodyLimit: 65 * 1024 * 1024 },
  ingest,
);

/** The same, at the address that devices and other systems know. */
export const ingestEventsUnversioned = api.raw(
  { method: "POST", path: "/api/events", expose: true, auth: true, bodyLimit: 65 * 1024 * 1024 },
  ingest,
);
