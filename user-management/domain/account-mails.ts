import { newEvent } from "../../shared/events/envelope.js";
import { addToOutbox } from "../../shared/events/outbox.js";
import type { MailTemplate } from "../../shared/events/types.js";
import { systemTenantId } from "../../shared/tenancy/system-tenant.js";
import type { Db } from "../db.js";
import { recordForPerson } from "./security-events.js";
import { accountSubject, forgetFailures } from "./sign-in-guard.js";

/** Whom a mail about an account goes to. */
export interface MailReceiver {
  id: string;
  email: string;
  name: string;
}

/** Asks for a mail about a person's own account. */
export async function requestMail(
  tx: Db,
  person: MailReceiver,
  template: MailTemplate,
  data: Record<string, string>,
): Promise<void> {
  const { url, ...rest } = data;
  await addToOutbox(
    tx,
    "notification-events",
    newEvent(
      {
        type: "mail-requested" as const,
        to: person.email,
        template,
        data: {
          name: person.name,
          ...rest,
          ...(url === undefined ? {} : { url: withoutEmptyCallback(url) }),
        },
      },
      { tenantId: systemTenantId, userId: person.id, orderedBy: person.id },
    ),
  );
}

/** A reset proves who the person is: failed guesses are forgotten, and the person and their tenants are told. */
export async function passwordWasReset(db: Db, person: MailReceiver): Promise<void> {
  await db.transaction(async (tx) => {
    await forgetFailures(tx, accountSubject(person.email));
    await recordForPerson(tx, person.id, { action: "password-reset", performedBy: person.id, details: {} });
    await requestMail(tx, person, "password-changed", { at: new Date().toISOString() });
  });
}

/** A link that leads to no page of a front end answers by itself instead of sending the reader to `/`. */
function withoutEmptyCallback(link: string): string {
  const url = new URL(link);
  if (["", "/"].includes(url.searchParams.get("callbackURL") ?? "")) url.searchParams.delete("callbackURL");
  return url.toString();
}
