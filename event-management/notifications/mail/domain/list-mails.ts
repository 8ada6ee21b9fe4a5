import { and, eq, lt, ne, type SQL, sql } from "drizzle-orm";
import { pageSize } from "../../../../shared/pagination/cursor.js";
import { sortedPage } from "../../../../shared/pagination/sorted-page.js";
import { withTenant } from "../../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../../db.js";
import { mails } from "../../../schema.js";
import type {
  DevelopmentMail,
  ListDevelopmentMailsRequest,
  ListDevelopmentMailsResponse,
  ListMailsRequest,
  ListMailsResponse,
  MailStatus,
} from "../types.js";
import { withAllMails } from "./all-mails.js";

type MailRow = typeof mails.$inferSelect;

const sorting = { fields: { createdAt: mails.createdAt }, byDefault: "-createdAt", id: mails.id } as const;

/** What became of the mails that the tenant caused, newest first or as asked for. */
export async function listMails(
  db: Db,
  tenantId: string,
  request: ListMailsRequest,
): Promise<ListMailsResponse> {
  const ofState = request.state === undefined ? undefined : eq(mails.state, request.state);
  const { page, next } = await withTenant(db, tenantId, (tx) =>
    readPage(tx, and(eq(mails.tenantId, tenantId), ofState), request),
  );
  return { mails: page.map(toStatus), ...next };
}

/** All mails as their readers see them, newest first or as asked for: for the mailbox of local development. */
export async function listDevelopmentMails(
  db: Db,
  request: ListDevelopmentMailsRequest,
): Promise<ListDevelopmentMailsResponse> {
  const { to } = request;
  const received = to === undefined ? undefined : sql`lower(${mails.recipient}) = lower(${to})`;
  const { page, next } = await withAllMails(db, (tx) => readPage(tx, received, request));
  return { mails: page.map(toDevelopmentMail), ...next };
}

/** Forgets mails asked for before `before`, save those that still wait. Returns how many. */
export async function pruneMails(db: Db, before: Date): Promise<number> {
  const removed = await withAllMails(db, (tx) =>
    tx
      .delete(mails)
      .where(and(lt(mails.createdAt, before), ne(mails.state, "pending")))
      .returning({ id: mails.id }),
  );
  return removed.length;
}

async function readPage(
  tx: Db,
  condition: SQL | undefined,
  request: { sort?: string; limit?: number; cursor?: string },
): Promise<{ page: MailRow[]; next: { nextCursor?: string } }> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const order = sortedPage(request, sorting);
  const rows = await tx
    .select({ row: mails, key: order.key })
    .from(mails)
    .where(and(condition, order.after))
    .orderBy(order.orderBy)
    .limit(limit + 1);
  return {
    page: rows.slice(0, limit).map(({ row }) => row),
    next: order.next(rows, limit, ({ row }) => row.id),
  };
}

function toStatus(row: MailRow): MailStatus {
  const { id, recipient: to, template, language, state, attempts, createdAt } = row;
  const lastError = row.lastError ?? undefined;
  return {
    id,
    to,
    template,
    language,
    state,
    attempts,
    lastError,
    createdAt,
    sentAt: row.sentAt ?? undefined,
  };
}

function toDevelopmentMail(row: MailRow): DevelopmentMail {
  const { id, recipient: to, subject, text, template, links, state, createdAt } = row;
  return { id, to, subject, text, template, links, state, createdAt };
}
