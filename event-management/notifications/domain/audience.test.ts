import { describe, expect, it } from "vitest";
import type { NotificationSettings } from "../../../tenant-management/types.js";
import type { NotificationOverrides } from "../types.js";
import { inAppAudience, mailAudience } from "./audience.js";
import { type AnyEvent, notifiableOf } from "./notifiable.js";

const settings: NotificationSettings = {
  tenantId: "t",
  inApp: true,
  email: true,
  events: ["job-failed"],
  ruleIds: [],
  recipients: { roles: [], userIds: [], addresses: [] },
  minimumPriority: "low",
  eventSettings: {},
  digest: "off",
  digestHour: 8,
  timeZone: "UTC",
  language: "en",
};
const members = [
  { id: "owner", email: "owner@example.com", role: "owner" },
  { id: "admin", email: "admin@example.com", role: "admin" },
  { id: "viewer", email: "viewer@example.com", role: "viewer" },
];
const all = members.map(({ email }) => email);

function event(body: Record<string, unknown> & { type: string }): AnyEvent {
  const context = { correlationId: "c", causationId: "c", userId: "u", tenantId: "t", orderingKey: "t" };
  return { ...context, eventId: "e", time: "2026-01-01T00:00:00Z", type: body.type, event: body };
}
const failed = notifiableOf(event({ type: "job-finished", outcome: "failed", ruleId: "r1" }))!;

async function told(
  change: Partial<NotificationSettings> = {},
  own: Record<string, NotificationOverrides> = {},
  notifiable = failed,
) {
  const sources = {
    settings: { ...settings, ...change },
    overrides: new Map(Object.entries(own)),
    members: async () => members,
  };
  const inApp = await inAppAudience(sources, notifiable);
  const mails = await mailAudience(sources, notifiable);
  return { inApp, mails: mails.map(({ address }) => address) };
}

describe("who is told", () => {
  it("is every member where nothing else is set", async () => {
    expect(await told()).toEqual({ inApp: { excluded: [] }, mails: all });
  });

  it("is nobody of events that were not chosen", async () => {
    expect(await told({ events: ["job-completed"] })).toEqual({ inApp: undefined, mails: [] });
    expect((await told({ events: ["*"] })).mails).toEqual(all);
    expect((await told({ events: ["job-finished"] })).mails).toEqual(all);
  });

  it("is nobody of rules that were not chosen, nor of what is below the priority", async () => {
    expect(await told({ ruleIds: ["r2"] })).toEqual({ inApp: undefined, mails: [] });
    expect((await told({ ruleIds: ["r1"] })).mails).toEqual(all);
    const low = { "job-failed": { priority: "low" as const } };
    expect(await told({ minimumPriority: "normal", eventSettings: low })).toEqual({
      inApp: undefined,
      mails: [],
    });
  });

  it("differs by event type", async () => {
    expect(await told({ eventSettings: { "job-failed": { email: false } } })).toMatchObject({ mails: [] });
    expect(
      (await told({ inApp: false, eventSettings: { "job-failed": { inApp: true } } })).inApp,
    ).toBeDefined();
    expect((await told({ eventSettings: { "job-failed": { ruleIds: ["r2"] } } })).mails).toEqual([]);
  });

  it("is those with the roles, those named, and addresses outside", async () => {
    const recipients = { roles: ["admin"], userIds: [], addresses: ["ops@example.com", "admin@example.com"] };
    expect(await told({ recipients })).toEqual({
      inApp: { recipients: ["admin"], excluded: [] },
      mails: ["admin@example.com", "ops@example.com"],
    });
    const named = { roles: [], userIds: ["viewer"], addresses: [] };
    expect(await told({ recipients: named })).toMatchObject({ mails: ["viewer@example.com"] });
    const outside = { roles: [], userIds: [], addresses: ["ops@example.com"] };
    expect(await told({ recipients: outside })).toEqual({
      inApp: { excluded: [] },
      mails: ["ops@example.com"],
    });
  });

  it("is without those who want none, and with those who want it all the same", async () => {
    expect(await told({}, { viewer: { inApp: false, email: false } })).toEqual({
      inApp: { excluded: ["viewer"] },
      mails: ["owner@example.com", "admin@example.com"],
    });
    expect(await told({ inApp: false, email: false }, { viewer: { inApp: true, email: true } })).toEqual({
      inApp: { recipients: ["viewer"], excluded: [] },
      mails: ["viewer@example.com"],
    });
    const recipients = { roles: ["admin"], userIds: [], addresses: [] };
    expect(await told({ recipients }, { viewer: { email: true }, owner: { language: "ru" } })).toEqual({
      inApp: { recipients: ["admin"], excluded: [] },
      mails: ["admin@example.com", "viewer@example.com"],
    });
    expect((await told({}, { viewer: { events: ["rule-created"] } })).inApp).toEqual({
      excluded: ["viewer"],
    });
  });

  it("is the owners alone of a webhook that was disabled, whatever the settings say", async () => {
    const disabled = notifiableOf(event({ type: "webhook-disabled", url: "https://example.com" }))!;
    expect(await told({ inApp: false, email: false, events: [] }, {}, disabled)).toEqual({
      inApp: { recipients: ["owner"], excluded: [] },
      mails: ["owner@example.com"],
    });
  });

  it("is nobody of events about telling, nor of mails, whose links let their reader in", () => {
    for (const type of ["notification-created", "notification-read", "mail-requested", "audit-recorded"]) {
      expect(notifiableOf(event({ type }))).toBeUndefined();
    }
    const deadLetter = notifiableOf(
      event({ type: "dead-lettered", service: "s", original: { secret: 1 }, stack: "x" }),
    );
    expect(JSON.stringify(deadLetter?.event)).not.toMatch(/original|secret|stack/);
  });
});
