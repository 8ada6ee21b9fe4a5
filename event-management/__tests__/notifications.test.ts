import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { event_management, tenant_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import { conversionFailed } from "../../shared/__tests__/conversion-events.js";
import { newEvent } from "../../shared/events/envelope.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { UpdateNotificationSettingsRequest } from "../../tenant-management/types.js";
import { db } from "../db.js";
import { createNotification } from "../notifications/domain/in-app.js";
import { type Notifiable, notifiableOf } from "../notifications/domain/notifiable.js";
import { pruneNotifications } from "../notifications/domain/notifications.js";
import { composeDueMails } from "../notifications/mail/domain/compose-mails.js";
import { addMailItems } from "../notifications/mail/domain/mail-items.js";
import { sendNotifications } from "../notifications/send-notifications.js";
import { mailItems, mails, outbox } from "../schema.js";

const message = { eventType: "job-failed", title: "Import failed", body: "The server hung up." };

async function configure(
  authData: CallerIdentity,
  change: Omit<UpdateNotificationSettingsRequest, "tenantId">,
): Promise<void> {
  const { tenantId } = authData;
  await tenant_management.updateNotificationSettings({ tenantId, ...change }, { authData });
}

const send = (authData: CallerIdentity, change: object = {}) =>
  event_management.sendConversionNotification({ ...message, ...change }, { authData });

const titles = async (authData: CallerIdentity, request: object = {}) =>
  (await event_management.listNotifications(request, { authData })).notifications.map(({ title }) => title);

const colleagueOf = ({ tenantId }: CallerIdentity) => ({ ...newCaller(), tenantId });

describe("notifications", () => {
  it("are read by each member apart", async () => {
    const ada = newCaller("notification:manage");
    const bob = colleagueOf(ada);
    const { notificationId } = await send(ada);
    await event_management.markNotificationRead({ notificationId: notificationId! }, { authData: ada });
    await event_management.markNotificationRead({ notificationId: notificationId! }, { authData: ada });
    const forAda = await event_management.listNotifications({ unread: true }, { authData: ada });
    const forBob = await event_management.listNotifications({ unread: true }, { authData: bob });
    expect([forAda.unreadCount, forAda.notifications.length]).toEqual([0, 0]);
    expect([forBob.unreadCount, forBob.notifications[0]?.title]).toEqual([1, "Import failed"]);
  });

  it("come page by page, newest first, and by category, priority, rule and time", async () => {
    const authData = newCaller("notification:manage");
    const ruleId = randomUUID();
    await send(authData, { title: "one", ruleId });
    await send(authData, { title: "two", priority: "high" });
    const since = new Date();
    await send(authData, { title: "three", eventType: "conversion-failed" });
    const first = await event_management.listNotifications({ limit: 2 }, { authData });
    const second = await event_management.listNotifications(
      { limit: 2, cursor: first.nextCursor },
      { authData },
    );
    const found = [...first.notifications, ...second.notifications].map(({ title }) => title);
    expect(found).toEqual(["three", "two", "one"]);
    expect([first.unreadCount, second.nextCursor]).toEqual([3, undefined]);
    expect(await titles(authData, { category: "job-failed" })).toEqual(["two", "one"]);
    expect(await titles(authData, { priority: "high" })).toEqual(["two"]);
    expect(await titles(authData, { ruleId })).toEqual(["one"]);
    expect(await titles(authData, { since })).toEqual(["three"]);
    expect(await titles(authData, { sort: "createdAt" })).toEqual(["one", "two", "three"]);
    await expect(titles(authData, { sort: "title" })).rejects.toMatchObject({ code: "invalid_argument" });
  });

  it("are all marked as read at once, or those of a category or up to an instant", async () => {
    const authData = newCaller("notification:manage");
    const bob = colleagueOf(authData);
    await send(authData, { title: "one" });
    await send(authData, { title: "two", eventType: "conversion-failed" });
    const [newest] = (await event_management.listNotifications({}, { authData })).notifications;
    const until = newest!.createdAt;
    await send(authData, { title: "three" });
    const unread = async (caller: CallerIdentity) =>
      (await event_management.countUnreadNotifications({ authData: caller })).byCategory;
    const mark = async (request: object) =>
      (await event_management.markAllNotificationsRead(request, { authData })).marked;
    expect(await unread(authData)).toEqual({ "job-failed": 2, "conversion-failed": 1 });
    expect(await mark({ category: "conversion-failed" })).toBe(1);
    expect(await mark({ until })).toBe(1);
    expect(await unread(authData)).toEqual({ "job-failed": 1 });
    expect([await mark({}), await mark({})]).toEqual([1, 0]);
    expect(await unread(authData)).toEqual({});
    expect(await unread(bob)).toEqual({ "job-failed": 2, "conversion-failed": 1 });
  });

  it("of one tenant do not exist for another, nor those of others for a member", async () => {
    const sender = newCaller("notification:manage");
    const { notificationId } = await send(sender);
    const colleague = colleagueOf(sender);
    await configure(sender, { recipients: { userIds: [sender.userID] } });
    const own = await send(sender, { title: "for one" });
    const cases = [
      [newCaller(), [notificationId!, own.notificationId!, "not-a-uuid"]],
      [colleague, [own.notificationId!]],
    ] as const;
    for (const [authData, ids] of cases) {
      expect(await titles(authData)).not.toContain("for one");
      for (const id of ids) {
        const request = { notificationId: id };
        for (const attempt of [
          () => event_management.markNotificationRead(request, { authData }),
          () => event_management.getNotification(request, { authData }),
        ]) {
          await expect(attempt()).rejects.toMatchObject({ code: "not_found" });
        }
      }
      await event_management.markAllNotificationsRead({}, { authData });
    }
    expect(
      await event_management.getNotification({ notificationId: own.notificationId! }, { authData: sender }),
    ).toMatchObject({
      title: "for one",
    });
    expect((await event_management.countUnreadNotifications({ authData: sender })).unreadCount).toBe(2);
  });

  it("are told of on notification-events with whom they are for and what they tell of", async () => {
    const authData = newCaller("notification:manage");
    const muted = colleagueOf(authData);
    const notifiable = notifiableOf(conversionFailed(authData, randomUUID(), "lead-7"))!;
    const { tenantId } = authData;
    const settings = await tenant_management.getNotificationSettings({ tenantId }, { authData });
    const audience = { excluded: [muted.userID] };
    const told = await withTenant(db, tenantId, async (tx) => {
      await createNotification(tx, { settings, notifiable, audience });
      // Read in the same transaction: afterwards the relay may have published it.
      return await tx.select().from(outbox).where(eq(outbox.orderingKey, tenantId));
    });
    expect(told.map(({ message: event }) => event)).toMatchObject([
      {
        type: "notification-created",
        event: {
          category: "conversion-failed",
          excluded: [muted.userID],
          sourceRecordId: "lead-7",
          sourceEntity: "leads",
        },
      },
    ]);
    expect(await titles(authData)).toEqual(["leads → customers: a record failed"]);
    expect(await titles(muted)).toEqual([]);
  });

  it("are forgotten when they are older than they are kept, with who has read them", async () => {
    const authData = newCaller("notification:manage");
    const other = newCaller("notification:manage");
    for (const caller of [authData, other]) {
      await send(caller);
      await event_management.markAllNotificationsRead({}, { authData: caller });
    }
    const { tenantId } = authData;
    expect(await pruneNotifications(db, tenantId, new Date(Date.now() - 60_000))).toBe(0);
    expect(await pruneNotifications(db, tenantId, new Date(Date.now() + 60_000))).toBe(1);
    expect([await titles(authData), await titles(other)]).toEqual([[], ["Import failed"]]);
  });

  it.each([
    ["eventType", { eventType: "No Event" }],
    ["title", { title: " " }],
    ["title", { title: "x".repeat(501) }],
    ["body", { body: "x".repeat(10_001) }],
    ["ruleId[0]", { ruleId: "x" }],
    ["data", { data: { x: "x".repeat(20_000) } }],
  ])("with a wrong %s are refused", async (field, change) => {
    const sending = send(newCaller("notification:manage"), change);
    await expect(sending).rejects.toMatchObject({ code: "invalid_argument", details: { field } });
  });
});

describe("settings and preferences", () => {
  it("say which events are told of, of which rules and from which priority on", async () => {
    const authData = newCaller("notification:manage");
    const ruleId = randomUUID();
    await configure(authData, { events: ["job-failed"], ruleIds: [ruleId], minimumPriority: "normal" });
    expect((await send(authData, { eventType: "job-completed" })).notificationId).toBeUndefined();
    expect((await send(authData, { ruleId: randomUUID() })).notificationId).toBeUndefined();
    expect((await send(authData, { priority: "low" })).notificationId).toBeUndefined();
    expect((await send(authData, { ruleId })).notificationId).toBeDefined();
    await configure(authData, { eventSettings: { "job-failed": { priority: "high" } } });
    await send(authData, { ruleId, priority: "low" });
    expect(await titles(authData, { priority: "high" })).toHaveLength(1);
  });

  it("hold from the next event on, whatever was read before", async () => {
    const authData = newCaller("notification:manage");
    for (const inApp of [true, false, true, false]) {
      await configure(authData, { inApp });
      await sendNotifications(conversionFailed(authData, randomUUID(), "1"));
    }
    expect(await titles(authData)).toHaveLength(2);
  });

  it("of a member go before the tenant's", async () => {
    const authData = newCaller("notification:manage");
    const bob = colleagueOf(authData);
    await configure(authData, {
      quietHours: { start: "22:00", end: "06:00" },
      language: "ru",
      timeZone: "Europe/Berlin",
    });
    const overrides = {
      events: ["job-failed", "job-failed"],
      quietHours: null,
      digest: "daily" as const,
      email: true,
    };
    const set = await event_management.setNotificationPreferences(overrides, { authData: bob });
    expect(set.overrides).toEqual({ ...overrides, events: ["job-failed"] });
    expect(set.effective).toMatchObject({ email: true, digest: "daily", language: "ru", inApp: true });
    expect(set.effective.quietHours).toBeUndefined();
    await sendNotifications(conversionFailed(authData, randomUUID(), "1"));
    expect(await titles(authData)).toHaveLength(1);
    expect(await titles(bob)).toEqual([]);
    const back = await event_management.setNotificationPreferences({}, { authData: bob });
    expect(back).toMatchObject({
      overrides: {},
      effective: { quietHours: { start: "22:00" }, email: false },
    });
    const stranger = await event_management.getNotificationPreferences({
      authData: { ...bob, tenantId: randomUUID() },
    });
    expect(stranger.effective.language).toBe("en");
  });

  it.each([
    ["events[0]", { events: ["A b"] }],
    ["quietHours.start", { quietHours: { start: "25:00", end: "07:00" } }],
    ["timeZone", { timeZone: "Nowhere" }],
    ["digestHour", { digestHour: -1 }],
  ])("of a member with a wrong %s are refused", async (field, overrides) => {
    const setting = event_management.setNotificationPreferences(overrides, { authData: newCaller() });
    await expect(setting).rejects.toMatchObject({ code: "invalid_argument", details: { field } });
  });
});

describe("mails of events", () => {
  const preferences = {
    ...{ inApp: true, email: true, events: [], ruleIds: [], minimumPriority: "low" as const },
    ...{ digest: "off" as const, digestHour: 8, timeZone: "UTC", language: "en" as const },
  };

  async function addItems(authData: CallerIdentity, at: Date, change: object = {}, notifiable?: Notifiable) {
    const { tenantId } = authData;
    const settings = await tenant_management.getNotificationSettings({ tenantId }, { authData });
    const told = notifiable ?? notifiableOf(conversionFailed(authData, randomUUID(), "7"))!;
    const recipients = [{ address: "ada@example.com", preferences: { ...preferences, ...change } }];
    await withTenant(db, tenantId, (tx) =>
      addMailItems(tx, { settings, notifiable: told, recipients, now: at }),
    );
  }
  const mailsOf = async ({ tenantId }: CallerIdentity) =>
    await withTenant(db, tenantId, (tx) => tx.select().from(mails).where(eq(mails.tenantId, tenantId)));
  const waiting = async ({ tenantId }: CallerIdentity) =>
    await withTenant(db, tenantId, (tx) => tx.$count(mailItems, eq(mailItems.tenantId, tenantId)));
  /** The composer of the service goes by the real clock: tests that wait live in the future. */
  const at = (time: string) => new Date(`2100-03-02T${time}:00Z`);
  const compose = (now: Date) => composeDueMails(db, { now, canSend: false });

  it("wait for the end of quiet hours, and then come together", async () => {
    const authData = newCaller("notification:manage");
    const quietHours = { start: "22:00", end: "07:00" };
    for (const time of ["21:00", "22:10", "23:20"]) await addItems(authData, at(time), { quietHours });
    await compose(at("23:59"));
    const request = { authData };
    const first = await event_management.listWaitingMails({ limit: 1 }, request);
    const second = await event_management.listWaitingMails({ limit: 1, cursor: first.nextCursor }, request);
    const dueAt = new Date("2100-03-03T07:00:00Z");
    const item = { to: "ada@example.com", eventType: "conversion-failed", dueAt };
    expect([...first.waiting, ...second.waiting]).toMatchObject([item, item]);
    expect(second.nextCursor).toBeUndefined();
    const { waiting: newest } = await event_management.listWaitingMails({ sort: "-createdAt" }, request);
    expect(newest.map(({ createdAt }) => createdAt)).toEqual(
      [...first.waiting, ...second.waiting]
        .map(({ createdAt }) => createdAt)
        .sort((a, b) => b.getTime() - a.getTime()),
    );
    const stranger = { authData: newCaller("notification:manage") };
    expect(await event_management.listWaitingMails({}, stranger)).toEqual({ waiting: [] });
    expect((await mailsOf(authData)).map(({ template }) => template)).toEqual(["notification"]);
    await compose(new Date("2100-03-03T07:00:00Z"));
    const [, digest] = await mailsOf(authData);
    expect(digest).toMatchObject({ template: "digest", subject: "2 notifications", state: "kept" });
    expect(digest?.text.match(/Record 7: no such country/g)).toHaveLength(2);
    expect(await waiting(authData)).toBe(0);
  });

  it("come in a digest of the hour, in the member's language, while high priority does not wait", async () => {
    const authData = newCaller("notification:manage");
    const russian = { digest: "hourly", language: "ru" };
    for (const time of ["10:05", "10:15", "10:59"]) await addItems(authData, at(time), russian);
    const urgent = notifiableOf(conversionFailed(authData, randomUUID(), "8"))!;
    await addItems(authData, at("10:20"), russian, { ...urgent, priority: "high" });
    await compose(at("10:59"));
    expect(await mailsOf(authData)).toMatchObject([{ subject: "leads → customers: ошибка записи" }]);
    await compose(at("11:00"));
    expect((await mailsOf(authData))[1]).toMatchObject({ subject: "Уведомления: 3", language: "ru" });
  });

  it("are made once, however many do it at the same time", async () => {
    const authData = newCaller("notification:manage");
    for (let i = 0; i < 20; i++) await addItems(authData, at("12:00"));
    await Promise.all(Array.from({ length: 4 }, () => compose(at("12:00"))));
    const made = await mailsOf(authData);
    const told = made.map(({ text }) => text.match(/Record 7/g)?.length ?? 0);
    expect([told.reduce((sum, number) => sum + number, 0), await waiting(authData)]).toEqual([20, 0]);
  });

  it("go once to an address outside, beside what the application tells", async () => {
    const authData = newCaller("notification:manage");
    await configure(authData, { email: true, recipients: { roles: [], addresses: ["ops@example.com"] } });
    const event = newEvent(
      {
        type: "notification-requested" as const,
        category: "job-failed",
        priority: "normal" as const,
        title: "t",
        body: "b",
        data: {},
      },
      { tenantId: authData.tenantId, userId: "system" },
    );
    await sendNotifications(event);
    await sendNotifications(event);
    await compose(new Date(Date.now() + 1_000));
    expect((await mailsOf(authData)).map(({ recipient }) => recipient)).toEqual(["ops@example.com"]);
    expect(await titles(authData)).toEqual(["t"]);
  });

  it("show values as text in their HTML", async () => {
    const authData = newCaller("notification:manage");
    const failed = notifiableOf(conversionFailed(authData, randomUUID(), "<script>alert(1)</script>"))!;
    await addItems(authData, at("13:00"), {}, failed);
    await compose(at("13:00"));
    const [mail] = await mailsOf(authData);
    expect(mail?.html).toContain("&lt;script&gt;");
    expect(mail?.html).not.toContain("<script>");
  });
});
