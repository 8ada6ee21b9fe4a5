import type { Publisher } from "encore.dev/pubsub";
import { startOutboxRelay } from "../shared/events/relay.js";
import { projectEvents } from "../shared/events/topics.js";
import type { ProjectEvent } from "../shared/events/types.js";
import { connectionString } from "./db.js";

startOutboxRelay({
  connectionString,
  publishers: { "project-events": projectEvents.ref<Publisher<ProjectEvent>>() },
});
