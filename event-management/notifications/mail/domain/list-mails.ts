import { and, desc, eq, lt, ne, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, encodeCursor, pageSize } from "../../../../shared/pagination/cursor.js";
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

const cursorSchema = z.object({ createdAt: z.iso.datetime(), id: z.uuid() });

/** What became of the mails that the tenant caused, newest first. */
export async function listMails(
  db: Db,
  tenantId: string,
  request: ListMailsRequest,
): Promise<ListMailsResponse> {
  const { limit, beyond } = pageOf(request);
  const ofState = request.state === undefined ? undefined : eq(mails.state, request.state);
  const rows = await withTenant(db, tenantId, (tx) =>
    newest(tx, and(eq(mails.tenantId, tenantId), ofState, beyond), limit),
  );
  return { mails: rows.slice(0, limit).map(toStatus), nextCursor: nextCursor(rows, limit) };
}

/** All mails as their readers see them, newest first: for the mailbox of local development. */
export async function listDevelopmentMails(
  db: Db,
  request: ListDevelopmentMailsRequest,
): Promise<ListDevelopmentMailsResponse> {
  const { limit, beyond } = pageOf(request);
  const { to } = request;
  const received = to === undefined ? undefined : sql`lower(${mails.recipient}) = lower(${to})`;
  const rows = await withAllMails(db, (tx) => newest(tx, and(received, beyond), limit));
  return { mails: rows.slice(0, limit).map(toDevelopmentMail), nextCursor: nextCursor(rows, limit) };
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

function pageOf(request: { limit?: number; cursor?: string }): { limit: number; beyond: SQL | undefined } {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const after = request.cursor === undefined ? undefined : decodeCursor(request.cursor, cursorSchema);
  const beyond =
    after && sql`(${mails.createdAt}, ${mails.id}) < (${after.createdAt}::timestamptz, ${after.id}::uuid)`;
  return { limit, beyond };
}

function newest(tx: Db, condition: SQL | undefined, limit: number): Promise<MailRow[]> {
  return tx
    .select()
    .from(mails)
    .where(condition)
    .orderBy(desc(mails.createdAt), desc(mails.id))
    .limit(limit + 1);
}

function nextCursor(rows: MailRow[], limit: number): string | undefined {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return last && encodeCursor({ createdAt: last.createdAt.toISOString(), id: last.id });
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
