import type { MailLanguage } from "../../../../shared/events/types.js";
import type { NotificationSettings } from "../../../../tenant-management/types.js";
import type { Db } from "../../../db.js";
import type { MailRecipient } from "../../domain/audience.js";
import { deliveryTime } from "../../domain/delivery-time.js";
import { priorityIn } from "../../domain/effective-preferences.js";
import type { Notifiable } from "../../domain/notifiable.js";
import { mailItems } from "../../schema.js";
import { ownTemplates } from "../../templates/domain/templates.js";
import { type WrittenTexts, writeTexts } from "../../templates/domain/write-texts.js";

/** Queues what recipients are to be mailed of an event, each for its time. The tenant must be set on the transaction. */
export async function addMailItems(
  tx: Db,
  request: {
    settings: NotificationSettings;
    notifiable: Notifiable;
    recipients: MailRecipient[];
    now: Date;
  },
): Promise<void> {
  const { settings, notifiable, recipients, now } = request;
  const { tenantId } = notifiable.envelope;
  const priority = priorityIn(settings, notifiable);
  const own = await ownTemplates(tx, tenantId, { channel: "email", notifiable });
  const written = new Map<MailLanguage, WrittenTexts>();
  const textsIn = (language: MailLanguage) => {
    const known = written.get(language);
    if (known !== undefined) return known;
    const custom = own.get(language);
    const texts = writeTexts(notifiable, { language, priority, ...(custom ? { custom } : {}) });
    written.set(language, texts);
    return texts;
  };
  await tx.insert(mailItems).values(
    recipients.map(({ address, preferences }) => {
      const { title, body, html } = textsIn(preferences.language);
      return {
        tenantId,
        recipient: address,
        language: preferences.language,
        eventType: notifiable.category,
        ...{ subject: title, text: body, html: html ?? null },
        dueAt: deliveryTime(preferences, priority, now),
        createdAt: now,
      };
    }),
  );
}
