import { Subscription } from "encore.dev/pubsub";
import { withDeadLetter } from "../../shared/events/dead-letters.js";
import { addToOutbox } from "../../shared/events/outbox.js";
import { schemaEvents } from "../../shared/events/topics.js";
import type { DeadLetterEvent, SchemaEvent } from "../../shared/events/types.js";
import { db } from "../db.js";
import { ruleWorld } from "../entity-conversion/world.js";
import { checkRulesOfEntity } from "./domain/check-entity.js";

const publishDeadLetter = (deadLetter: DeadLetterEvent): Promise<void> =>
  db.transaction((tx) => addToOutbox(tx, "data-processing-dlq", deadLetter));

/** A schema that changed → the rules that it breaks are marked. Checking again changes nothing, so that no inbox is needed. */
const _checkRules = new Subscription(schemaEvents, "check-rules", {
  handler: withDeadLetter(
    {
      service: "data-processing",
      topic: "schema-events",
      subscription: "check-rules",
      handles: { "schema-analyzed": 1, "schema-removed": 1 },
      publishDeadLetter,
    },
    async ({ tenantId, event }: SchemaEvent) => {
      const world = ruleWorld({ tenantId, userID: "system" }, { fresh: true });
      const changed = { dataSource: event.sourceId, entity: event.entityType };
      await checkRulesOfEntity(db, world, tenantId, changed);
    },
  ),
});
