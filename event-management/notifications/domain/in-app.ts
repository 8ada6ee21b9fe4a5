import { z } from "zod";
import { newEvent } from "../../../shared/events/envelope.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
import type { Envelope } from "../../../shared/events/types.js";
import type { NotificationSettings } from "../../../tenant-management/types.js";
import type { Db } from "../../db.js";
import { notifications } from "../schema.js";
import { ownTemplates } from "../templates/domain/templates.js";
import { writeTexts } from "../templates/domain/write-texts.js";
import type { InAppAudience } from "./audience.js";
import { boundedValues } from "./bounded-values.js";
import { priorityIn } from "./effective-preferences.js";
import type { Notifiable } from "./notifiable.js";

/**
 * Stores an in-app notification of an event and tells of it on `notification-events`. The tenant must be set on the
 * transaction. Returns its id.
 */
export async function createNotification(
  tx: Db,
  request: {
    settings: NotificationSettings;
    notifiable: Notifiable;
    audience: InAppAudience;
    /** The event that it follows from; none where the notification itself is what happened. */
    cause?: Envelope;
  },
): Promise<string> {
  const { settings, notifiable, audience, cause } = request;
  const { category, ruleId, envelope } = notifiable;
  const { tenantId, userId } = envelope;
  const priority = priorityIn(settings, notifiable);
  const { language } = settings;
  const custom = (await ownTemplates(tx, tenantId, { channel: "in-app", notifiable })).get(language);
  const { title, body } = writeTexts(notifiable, { language, priority, ...(custom ? { custom } : {}) });
  const data = boundedValues(notifiable.event);
  const [row] = await tx
    .insert(notifications)
    .values({ tenantId, category, priority, title, body, data, ruleId: ruleId ?? null, ...audience })
    .returning({ id: notifications.id });
  const notificationId = row!.id;
  const { recipients, excluded } = audience;
  const event = {
    type: "notification-created" as const,
    ...{ notificationId, category, priority, title },
    ...(recipients === undefined ? {} : { recipients }),
    ...(excluded.length === 0 ? {} : { excluded }),
    ...subjectsOf(notifiable),
  };
  const context = { tenantId, userId, ...(cause === undefined ? {} : { cause }) };
  await addToOutbox(tx, "notification-events", newEvent(event, context));
  return notificationId;
}

const id = z.string().optional().catch(undefined);
const subjectsSchema = z.object({
  ...{ ruleId: id, jobId: id, sourceRecordId: id, sourceEntity: id, targetRecordId: id, targetEntity: id },
});

/** What the notification tells of, by the names that the timelines of records know. */
function subjectsOf({ event }: Notifiable): z.infer<typeof subjectsSchema> {
  return subjectsSchema.parse(event);
}
