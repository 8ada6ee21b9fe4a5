import type { TopicName } from "../../shared/events/topics.js";
import type { Envelope } from "../../shared/events/types.js";
import { db } from "../db.js";
import { EventKeeper } from "./domain/event-keeper.js";
import { keepEvents } from "./domain/keep-events.js";

const keeper = new EventKeeper((delivered) => keepEvents(db, delivered));

/** Keeps an event that came by a topic, once. */
export function keep(topic: TopicName, event: Envelope): Promise<void> {
  return keeper.keep({ topic, event });
}
