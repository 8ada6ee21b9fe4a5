import type { JsonValue } from "../../json.js";

/** One version of an event type, as it is published on a topic. */
export interface CataloguedEvent {
  topic: string;
  type: string;
  version: number;
  /** What it tells. */
  description: string;
  /** Services that publish it. */
  producers: string[];
  /** Subscriptions that handle it, as `service/subscription`. */
  consumers: string[];
  /** JSON Schema (2020-12) of the event's body. */
  schema: { [keyword: string]: JsonValue };
}
