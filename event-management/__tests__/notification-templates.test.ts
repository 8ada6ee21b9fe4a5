import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { event_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import { conversionFailed } from "../../shared/__tests__/conversion-events.js";
import { sendNotifications } from "../notifications/send-notifications.js";

const place = { channel: "in-app" as const, eventType: "conversion-failed", language: "en" as const };

describe("templates", () => {
  it("are built in until the tenant writes its own, and again when it takes them back", async () => {
    const authData = newCaller("notification:manage");
    const builtIn = await event_management.getNotificationTemplate(place, { authData });
    expect(builtIn).toMatchObject({
      ...place,
      custom: false,
      title: expect.stringContaining("{{event.sourceEntity}}"),
    });
    const texts = { title: "Oh no: {{event.sourceRecordId}}", body: "{{event.error}} ({{priority}})" };
    const put = await event_management.putNotificationTemplate({ ...place, ...texts }, { authData });
    expect(put).toMatchObject({ ...place, ...texts, custom: true, updatedBy: authData.userID });
    await sendNotifications(conversionFailed(authData, randomUUID(), "lead-9"));
    const { notifications } = await event_management.listNotifications({}, { authData });
    expect(notifications[0]).toMatchObject({ title: "Oh no: lead-9", body: "no such country (normal)" });
    const { templates } = await event_management.listNotificationTemplates(
      { channel: "in-app" },
      { authData },
    );
    expect(templates.filter(({ custom }) => custom)).toHaveLength(1);
    expect(
      templates.filter(({ eventType, language }) => eventType === "conversion-failed" && language === "en"),
    ).toHaveLength(1);
    await event_management.deleteNotificationTemplate(place, { authData });
    expect(await event_management.getNotificationTemplate(place, { authData })).toEqual(builtIn);
    await expect(event_management.deleteNotificationTemplate(place, { authData })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it("can be seen before they are used, with an event of one's own or a sample", async () => {
    const authData = newCaller("notification:manage");
    const preview = (request: object) =>
      event_management.previewNotificationTemplate({ ...place, ...request }, { authData });
    expect((await preview({})).title).toBe("leads → customers: a record failed");
    expect((await preview({ language: "ru" })).title).toBe("leads → customers: ошибка записи");
    const own = { title: "{{event.name}}", event: { name: "<b>Ada</b>" } };
    expect(await preview(own)).toMatchObject({
      title: "<b>Ada</b>",
      values: { event: { name: "<b>Ada</b>" } },
    });
    const mail = await preview({ ...own, channel: "email", html: "<h1>{{event.name}}</h1>" });
    expect(mail.html).toContain("<h1>&lt;b&gt;Ada&lt;/b&gt;</h1>");
    expect((await preview({ eventType: "rule-drifted" })).title).toBe(
      "Rule Leads to customers does not fit the database any more",
    );
  });

  it.each([
    ["body", 2, 3, { body: "one\n{{#if type}}" }],
    ["title", 1, 1, { title: "{{{type}}}" }],
    ["body", 1, 3, { body: "{{event.__proto__.x}}" }],
    ["html", 1, 1, { html: "{{> x}}" }],
  ])("that are wrong in %s are refused with line %i and column %i", async (field, line, _column, texts) => {
    const authData = newCaller("notification:manage");
    const request = {
      channel: "email" as const,
      eventType: "*",
      language: "en" as const,
      title: "t",
      body: "b",
      ...texts,
    };
    const refusal = { code: "invalid_argument", details: { reason: "template_invalid", field, line } };
    await expect(event_management.putNotificationTemplate(request, { authData })).rejects.toMatchObject(
      refusal,
    );
    await expect(event_management.previewNotificationTemplate(request, { authData })).rejects.toMatchObject(
      refusal,
    );
  });

  it("are refused where there is no such channel, language or event", async () => {
    const authData = newCaller("notification:manage");
    for (const [field, change] of [
      ["channel", { channel: "pigeon" }],
      ["language", { language: "tlh" }],
      ["eventType", { eventType: "No Event" }],
    ] as const) {
      const get = event_management.getNotificationTemplate({ ...place, ...change }, { authData });
      await expect(get).rejects.toMatchObject({ code: "invalid_argument", details: { field } });
    }
  });

  it("that turn out not to work for an event give way to the built-in ones", async () => {
    const authData = newCaller("notification:manage");
    const body =
      "{{#each event}}{{#each ../event}}{{#each @root.event}}{{@root.event.error}}{{/each}}{{/each}}{{/each}}";
    await event_management.putNotificationTemplate({ ...place, title: "t", body }, { authData });
    await sendNotifications(conversionFailed(authData, randomUUID(), "lead-9"));
    const { notifications } = await event_management.listNotifications({}, { authData });
    expect(notifications[0]?.title).toBe("leads → customers: a record failed");
  });

  it("of one tenant are not another's", async () => {
    const authData = newCaller("notification:manage");
    await event_management.putNotificationTemplate({ ...place, title: "mine", body: "" }, { authData });
    const stranger = { authData: newCaller("notification:manage") };
    expect((await event_management.getNotificationTemplate(place, stranger)).custom).toBe(false);
    await expect(event_management.deleteNotificationTemplate(place, stranger)).rejects.toMatchObject({
      code: "not_found",
    });
    expect((await event_management.getNotificationTemplate(place, { authData })).title).toBe("mine");
  });
});
