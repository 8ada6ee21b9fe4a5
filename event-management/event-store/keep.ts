import { BatchedCalls } from "../../shared/concurrency/batched-calls.js";
import type { TopicName } from "../../shared/events/topics.js";
import type { Envelope } from "../../shared/events/types.js";
import { db } from "../db.js";
import { type Delivered, keepEvents } from "./domain/keep-events.js";

/** Events that arrive together share a transaction, so that the lock on positions costs one commit for many of them. */
const keeping = new BatchedCalls({
  run: async (delivered: Delivered[]) => {
    await keepEvents(db, delivered);
    return delivered;
  },
  most: 100,
  separately: true,
  gather: true,
});

/** What is said of a tenant's end when nothing of it may be left; its receipt tells of it. */
const unkept = new Set(["tenant-purge-requested", "tenant-data-purged"]);

/** Keeps an event that came by a topic, once. */
export async function keep(topic: TopicName, event: Envelope): Promise<void> {
  if (!unkept.has(event.type)) await keeping.call({ topic, event });
}
