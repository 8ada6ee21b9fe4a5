import { UnknownEventError } from "../../../../shared/events/failures.js";
import { handleOnce } from "../../../../shared/events/inbox.js";
import type { NotificationEvent } from "../../../../shared/events/types.js";
import type { Db } from "../../../db.js";
import { mails } from "../../../schema.js";
import { checkMailRequest, isKnownTemplate } from "./mail-request.js";
import { renderMail } from "./render-mail.js";

/**
 * Writes and stores the mail that an event asks for, once: it waits to be sent, or is only kept where no mail
 * server is configured. Returns its state; undefined for other events, and where it was stored before.
 */
export async function storeMail(
  db: Db,
  message: NotificationEvent,
  options: { canSend: boolean },
): Promise<"pending" | "kept" | undefined> {
  const { event, eventId, tenantId } = message;
  if (event.type !== "mail-requested") return undefined;
  if (!isKnownTemplate(event.template) || (message.version ?? 1) !== 1) throw new UnknownEventError(message);
  const request = checkMailRequest(event);
  const rendered = renderMail(request);
  const state = options.canSend ? "pending" : "kept";
  const stored = await handleOnce(db, { subscription: "send-mails", eventId, tenantId }, async (tx) => {
    const { to: recipient, template, language } = request;
    await tx
      .insert(mails)
      .values({ id: eventId, tenantId, recipient, template, language, ...rendered, state });
  });
  return stored ? state : undefined;
}
