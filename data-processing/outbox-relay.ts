import type { Publisher } from "encore.dev/pubsub";
import { startOutboxRelay } from "../shared/events/relay.js";
import { conversionEvents, dataProcessingDlq, schemaEvents, tenantEvents } from "../shared/events/topics.js";
import type { ConversionEvent, DeadLetterEvent, SchemaEvent, TenantEvent } from "../shared/events/types.js";
import { connectionString } from "./db.js";

/** The relay of this process. */
export const outboxRelay = startOutboxRelay({
  connectionString,
  publishers: {
    "conversion-events": conversionEvents.ref<Publisher<ConversionEvent>>(),
    "schema-events": schemaEvents.ref<Publisher<SchemaEvent>>(),
    "tenant-events": tenantEvents.ref<Publisher<TenantEvent>>(),
    "data-processing-dlq": dataProcessingDlq.ref<Publisher<DeadLetterEvent>>(),
  },
});
