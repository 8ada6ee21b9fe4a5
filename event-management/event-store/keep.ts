import type { TopicName } from "../../shared/events/topics.js";
import type { Envelope } from "../../shared/events/types.js";
import { db } from "../db.js";
import { EventKeeper } from "./domain/event-keeper.js";
import { keepEvents } from "./domain/keep-events.js";

const keeper = new EventKeeper((delivered) => keepEvents(db, delivered));

/** What is said of a tenant's end when nothing of it may be left; its receipt tells of it. */
const unkept = new Set(["tenant-purge-requested", "tenant-data-purged"]);

/** Keeps an event that came by a topic, once. */
export async function keep(topic: TopicName, event: Envelope): Promise<void> {
  if (!unkept.has(event.type)) await keeper.keep({ topic, event });
}
