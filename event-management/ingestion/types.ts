import type { JsonValue } from "../../shared/json.js";

/** A CloudEvent 1.0 whose attributes were checked. */
export interface CloudEvent {
  id: string;
  source: string;
  type: string;
  subject?: string;
  /** RFC 3339. */
  time?: string;
  datacontenttype?: string;
  dataschema?: string;
  data?: JsonValue;
  /** Data that is neither JSON nor text. */
  dataBase64?: string;
  extensions: Record<string, JsonValue>;
}

/** A CloudEvent with its place in the request. */
export interface IndexedCloudEvent {
  /** From 0. */
  index: number;
  event: CloudEvent;
}

export interface IngestEventsRequest {
  events: IndexedCloudEvent[];
}

/** An event that was stored, now or before. */
export interface AcceptedCloudEvent {
  /** Place in the request, from 0. */
  index: number;
  source: string;
  id: string;
  /** Under which id it was published. */
  eventId: string;
  /** The same event was accepted before: nothing more happens. */
  duplicate: boolean;
}

/** An event that was not accepted, and why. */
export interface RejectedCloudEvent {
  /** Place in the request, from 0. */
  index: number;
  source?: string;
  id?: string;
  /** What is wrong: `[2].time`, or `time` where the request is one event. Empty for the event as a whole. */
  path: string;
  /** `missing`, `type_invalid`, `value_invalid`, `name_invalid`, `too_large`, `content_differs`, … */
  reason: string;
  message: string;
}

export interface IngestEventsResponse {
  accepted: AcceptedCloudEvent[];
  rejected: RejectedCloudEvent[];
}
