import type { JsonValue } from "../../json.js";
import type { Envelope } from "./envelope.js";

/** An event that a system outside told of, as a CloudEvent. */
export interface EventIngested {
  type: "event-ingested";
  /** The CloudEvent's `source`. */
  source: string;
  /** The CloudEvent's `id`: with the source, it stands for one event. */
  id: string;
  /** The CloudEvent's `type`. */
  eventType: string;
  /** The CloudEvent's `subject`: what within the source it is about. */
  subject?: string;
  /** The CloudEvent's `time`: when it happened, by the clock of its source. The envelope's time is when it came in. */
  occurredAt?: string;
  dataContentType?: string;
  dataSchema?: string;
  /** The CloudEvent's data, where it is JSON or text. */
  data?: JsonValue;
  /** Other data, as base64. */
  dataBase64?: string;
  /** Extension attributes by name. They are the source's word: who may do what never follows from them. */
  extensions: Record<string, JsonValue>;
}

/** Topic `ingested-events`. */
export interface IngestedEvent extends Envelope {
  event: EventIngested;
}
