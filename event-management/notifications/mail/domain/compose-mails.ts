import { and, asc, eq, inArray, lte, sql } from "drizzle-orm";
import type { Db } from "../../../db.js";
import { mailItems, mails } from "../../../schema.js";
import { withAllMails } from "./all-mails.js";
import { renderNotificationMail } from "./render-notification-mail.js";

const mostAddresses = 50;
/** Items that become one mail; those beyond it become the next one. */
const mostItems = 200;

/**
 * Makes mails of the items that are due: one for each address, with all that is due for it. Items become a mail in one
 * transaction, so that any number of processes may do this at the same time, and die while they do. Returns how many
 * mails were made; fewer than there were due where there are very many.
 */
export async function composeDueMails(db: Db, options: { now: Date; canSend: boolean }): Promise<number> {
  const { now } = options;
  const due = await withAllMails(db, (tx) =>
    tx
      .select({ tenantId: mailItems.tenantId, recipient: mailItems.recipient })
      .from(mailItems)
      .where(lte(mailItems.dueAt, now))
      .groupBy(mailItems.tenantId, mailItems.recipient)
      .orderBy(sql`min(${mailItems.dueAt})`)
      .limit(mostAddresses),
  );
  let made = 0;
  for (const address of due) {
    if (await composeMail(db, { ...address, ...options })) made++;
  }
  return made;
}

async function composeMail(
  db: Db,
  request: { tenantId: string; recipient: string; now: Date; canSend: boolean },
): Promise<boolean> {
  const { tenantId, recipient, now, canSend } = request;
  return await withAllMails(db, async (tx) => {
    const items = await tx
      .select()
      .from(mailItems)
      .where(
        and(eq(mailItems.tenantId, tenantId), eq(mailItems.recipient, recipient), lte(mailItems.dueAt, now)),
      )
      .orderBy(asc(mailItems.createdAt), asc(mailItems.id))
      .limit(mostItems)
      .for("update", { skipLocked: true });
    const [first] = items;
    if (first === undefined) return false;
    const template = items.length === 1 ? ("notification" as const) : ("digest" as const);
    const state = canSend ? ("pending" as const) : ("kept" as const);
    const { language } = first;
    const rendered = renderNotificationMail(items, language);
    await tx
      .insert(mails)
      .values({ id: first.id, tenantId, recipient, template, language, state, ...rendered });
    await tx.delete(mailItems).where(
      inArray(
        mailItems.id,
        items.map(({ id }) => id),
      ),
    );
    return true;
  });
}
