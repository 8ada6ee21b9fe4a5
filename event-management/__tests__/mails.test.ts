import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { appMeta } from "encore.dev";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { event_management } from "~encore/clients";
import "../subscriptions/send-mails.js";
import "../subscriptions/keep-dead-letters.js";
import { newCaller } from "../../shared/__tests__/callers.js";
import { newEvent } from "../../shared/events/envelope.js";
import { UnknownEventError } from "../../shared/events/failures.js";
import { notificationEvents } from "../../shared/events/topics.js";
import type { MailRequested, NotificationEvent } from "../../shared/events/types.js";
import { systemTenantId } from "../../shared/tenancy/system-tenant.js";
import { db } from "../db.js";
import { withAllMails } from "../notifications/mail/domain/all-mails.js";
import { pruneMails } from "../notifications/mail/domain/list-mails.js";
import { claimMails, markFailed } from "../notifications/mail/domain/mail-attempts.js";
import { MailSender } from "../notifications/mail/domain/mail-sender.js";
import { smtpDelivery } from "../notifications/mail/domain/smtp.js";
import { storeMail } from "../notifications/mail/domain/store-mail.js";
import { mails } from "../schema.js";
import { startHangingServer, startMailServer } from "./support/mail-server.js";

const patience = { timeout: 20_000, interval: 25 };
const url = "https://axion.test/verify?token=s3cret";

function mailRequest(tenantId = systemTenantId, change: Partial<MailRequested> = {}): NotificationEvent {
  const to = `${randomUUID()}@example.com`;
  const event = { type: "mail-requested" as const, to, template: "verify-email" as const, data: { url } };
  return newEvent({ ...event, ...change }, { tenantId, userId: "system" });
}

async function storePending(message = mailRequest()): Promise<string> {
  expect(await storeMail(db, message, { canSend: true })).toBe("pending");
  return message.eventId;
}

function startSender(serverUrl: string, options: { keepContent?: boolean; timeoutMs?: number } = {}) {
  const deliver = smtpDelivery({ url: serverUrl, from: "Axion <no-reply@axion.test>" }, options.timeoutMs);
  const sender = new MailSender({
    db,
    deliver,
    keepContent: options.keepContent ?? true,
    pollMs: 50,
    onSent: () => {},
    onFailure: () => {},
    onError: (error) => {
      throw error;
    },
  });
  onTestFinished(() => sender.stop());
  return sender;
}

async function mailOf(id: string): Promise<typeof mails.$inferSelect> {
  const [row] = await withAllMails(db, (tx) => tx.select().from(mails).where(eq(mails.id, id)));
  return row!;
}

const becomes = (id: string, expected: Partial<typeof mails.$inferSelect>) =>
  vi.waitFor(async () => expect(await mailOf(id)).toMatchObject(expected), patience);

const endLease = (id: string) =>
  withAllMails(db, (tx) => tx.update(mails).set({ nextAttemptAt: sql`now()` }).where(eq(mails.id, id)));

const environment = appMeta().environment;
const { type, cloud } = environment;

afterEach(async () => {
  Object.assign(environment, { type, cloud });
  await withAllMails(db, (tx) => tx.delete(mails));
});

describe("a request for a mail", () => {
  it("without a mail server ends in the mailbox, once, however often it is delivered", async () => {
    const { to, ...message } = { ...mailRequest(), to: "Ada@Example.com" };
    const request = { ...message, event: { ...message.event, to } } as NotificationEvent;
    await notificationEvents.publish(request);
    await notificationEvents.publish(request);
    await notificationEvents.publish(mailRequest());
    await vi.waitFor(async () => {
      expect((await event_management.listDevelopmentMails({})).mails).toHaveLength(2);
    }, patience);
    const { mails: found } = await event_management.listDevelopmentMails({ to: "ada@example.com" });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      id: request.eventId,
      to: "Ada@Example.com",
      template: "verify-email",
      state: "kept",
      links: [url],
      text: expect.stringContaining(url),
    });
  });

  it("that cannot be written or is not known becomes a dead letter", async () => {
    const authData = newCaller("deadletter:manage");
    const { tenantId } = authData;
    await notificationEvents.publish(mailRequest(tenantId, { data: {} }));
    await notificationEvents.publish({ ...mailRequest(tenantId), version: 2 });
    const unknown = mailRequest(tenantId, { template: "__proto__" as "verify-email" });
    await expect(storeMail(db, unknown, { canSend: true })).rejects.toThrow(UnknownEventError);
    await vi.waitFor(async () => {
      const { deadLetters } = await event_management.listDeadLetters(
        { subscription: "send-mails" },
        { authData },
      );
      expect(deadLetters.map(({ reason, attempts }) => [reason, attempts]).sort()).toEqual([
        ["handler-failed", 3],
        ["unknown-version", 1],
      ]);
    }, patience);
    expect((await event_management.listMails({}, { authData })).mails).toEqual([]);
  });

  it("that belongs to no tenant and fails is dead-lettered all the same", async () => {
    const authData = { ...newCaller("deadletter:manage"), tenantId: systemTenantId };
    await notificationEvents.publish(mailRequest(systemTenantId, { to: "nobody" }));
    await vi.waitFor(async () => {
      expect((await event_management.listDeadLetters({}, { authData })).deadLetters).toHaveLength(1);
    }, patience);
  });
});

describe("a stored mail", () => {
  it("is handed to the mail server, and what it said is forgotten", async () => {
    const server = await startMailServer();
    const message = mailRequest();
    const id = await storePending(message);
    startSender(server.url, { keepContent: false });
    await becomes(id, { state: "sent", attempts: 1, lastError: null, text: "", html: "", links: [] });
    const [mail] = server.received;
    expect(server.received).toHaveLength(1);
    expect(mail?.recipients).toEqual([(message.event as MailRequested).to]);
    expect(mail?.messageId).toBe(`<${id}@axion.test>`);
    expect(mail?.raw).toContain("From: Axion <no-reply@axion.test>");
    expect(mail?.raw).toContain("Auto-Submitted: auto-generated");
    expect(mail?.raw.replaceAll("=\r\n", "")).toMatch(/verify\?token=(3D)?s3cret/);
  });

  it("cannot add headers or recipients, whatever people are called", async () => {
    const server = await startMailServer();
    const organization = "X\r\nBcc: eve@example.com\r\n\r\nbody";
    const id = await storePending(
      mailRequest(randomUUID(), { template: "invitation", data: { url, organization } }),
    );
    startSender(server.url);
    await becomes(id, { state: "sent" });
    expect(server.received[0]?.recipients).toHaveLength(1);
    expect(server.received[0]?.raw).not.toMatch(/^Bcc:/im);
  });

  it("goes out once, however many senders there are", async () => {
    const server = await startMailServer();
    const ids = await Promise.all(Array.from({ length: 40 }, () => storePending()));
    for (let i = 0; i < 4; i++) startSender(server.url);
    await Promise.all(ids.map((id) => becomes(id, { state: "sent", attempts: 1 })));
    expect(server.received.map((mail) => mail.messageId).sort()).toEqual(
      ids.map((id) => `<${id}@axion.test>`).sort(),
    );
  });

  it("is sent again under the same Message-ID where nobody noted that it was sent", async () => {
    const server = await startMailServer();
    const id = await storePending();
    const [attempt] = await claimMails(db, 1);
    await smtpDelivery({ url: server.url, from: "no-reply@axion.test" })(attempt!);
    expect(await claimMails(db, 1)).toEqual([]);
    await endLease(id);
    startSender(server.url);
    await becomes(id, { state: "sent", attempts: 2 });
    expect(server.received.map((mail) => mail.messageId)).toEqual(Array(2).fill(`<${id}@axion.test>`));
    await markFailed(db, attempt!, { reason: "too late to say", permanent: true });
    expect(await mailOf(id)).toMatchObject({ state: "sent", lastError: null });
  });

  it("waits for its next attempt where the server says nothing, and the connection is given up", async () => {
    const server = await startHangingServer();
    const id = await storePending();
    startSender(server.url, { timeoutMs: 300 });
    await becomes(id, {
      state: "pending",
      attempts: 1,
      lastError: "The mail server did not answer in time.",
    });
    expect((await mailOf(id)).nextAttemptAt.getTime()).toBeGreaterThan(Date.now() + 5_000);
    await vi.waitFor(() => expect(server.connections()).toBe(0), patience);
  });

  it("waits for its next attempt where nobody listens, and then arrives", async () => {
    const id = await storePending();
    const broken = startSender("smtp://127.0.0.1:1");
    await becomes(id, {
      attempts: 1,
      lastError: expect.stringMatching(/^The mail server could not be reached/),
    });
    await broken.stop();
    const server = await startMailServer();
    await endLease(id);
    startSender(server.url);
    await becomes(id, { state: "sent", attempts: 2, lastError: null });
  });

  it("has failed where the server refuses it for good, and waits where it does so for now", async () => {
    const server = await startMailServer((recipient) => {
      const responseCode = recipient.startsWith("gone") ? 550 : 451;
      throw Object.assign(new Error("not this one"), { responseCode });
    });
    const gone = await storePending(mailRequest(systemTenantId, { to: "gone@example.com" }));
    const later = await storePending(mailRequest(systemTenantId, { to: "later@example.com" }));
    startSender(server.url);
    const lastError = expect.stringContaining("not this one");
    await becomes(gone, { state: "failed", attempts: 1, lastError });
    await becomes(later, { state: "pending", attempts: 1, lastError });
  });

  it("is given up after twelve attempts, also where each one killed its sender", async () => {
    const id = await storePending();
    for (let attempt = 1; attempt <= 12; attempt++) {
      expect(await claimMails(db, 1)).toMatchObject([{ id, attempt }]);
      await endLease(id);
    }
    expect(await claimMails(db, 1)).toEqual([]);
    expect(await mailOf(id)).toMatchObject({ state: "failed", attempts: 12 });
  });

  it("of one tenant does not wait for a flood of another's", async () => {
    const flooding = randomUUID();
    for (let i = 0; i < 5; i++) await storePending(mailRequest(flooding));
    const other = await storePending();
    const claimed = await claimMails(db, 2);
    expect(claimed.map((mail) => mail.id)).toContain(other);
  });

  it("is forgotten after a while, unless it still waits", async () => {
    const waiting = await storePending();
    const kept = mailRequest();
    await storeMail(db, kept, { canSend: false });
    expect(await pruneMails(db, new Date(Date.now() - 60_000))).toBe(0);
    expect(await pruneMails(db, new Date(Date.now() + 60_000))).toBe(1);
    expect((await mailOf(waiting)).state).toBe("pending");
  });
});

describe("the list of a tenant's mails", () => {
  it("says what became of them, page by page, and nothing of what they say", async () => {
    const authData = newCaller("notification:manage");
    for (let i = 0; i < 3; i++) await storeMail(db, mailRequest(authData.tenantId), { canSend: false });
    const first = await event_management.listMails({ limit: 2 }, { authData });
    const second = await event_management.listMails({ limit: 2, cursor: first.nextCursor }, { authData });
    expect([first.mails.length, second.mails.length, second.nextCursor]).toEqual([2, 1, undefined]);
    expect(JSON.stringify([first, second])).not.toContain("s3cret");
    expect(first.mails[0]).toMatchObject({ state: "kept", attempts: 0, template: "verify-email" });
    expect((await event_management.listMails({ state: "sent" }, { authData })).mails).toEqual([]);
    const { mails: rising } = await event_management.listMails({ sort: "createdAt" }, { authData });
    expect(rising.reverse()).toEqual([...first.mails, ...second.mails]);
  });

  it("holds neither those of other tenants nor those of people's accounts", async () => {
    await storeMail(db, mailRequest(), { canSend: false });
    await storeMail(db, mailRequest(randomUUID()), { canSend: false });
    const authData = newCaller("notification:manage");
    expect((await event_management.listMails({}, { authData })).mails).toEqual([]);
  });

  it.each([{ limit: 0 }, { limit: 201 }, { cursor: "x" }, { sort: "to" }])("refuses %j", async (request) => {
    const authData = newCaller("notification:manage");
    for (const list of [
      () => event_management.listMails(request, { authData }),
      () => event_management.listDevelopmentMails(request),
    ])
      await expect(list()).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("the mailbox", () => {
  it.each([
    ["production", "local"],
    ["development", "aws"],
  ])("does not exist in %s on %s", async (otherType, otherCloud) => {
    await storeMail(db, mailRequest(), { canSend: false });
    expect((await event_management.listDevelopmentMails({})).mails).toHaveLength(1);
    Object.assign(environment, { type: otherType, cloud: otherCloud });
    await expect(event_management.listDevelopmentMails({})).rejects.toMatchObject({ code: "not_found" });
  });
});
