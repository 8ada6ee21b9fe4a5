import { describe, expect, it } from "vitest";
import type { StoredEvent } from "../../event-management/event-store/types.js";
import type { JsonValue } from "../../shared/json.js";
import { shownEvent } from "./shown-event.js";
import { chooseTopics } from "./topics.js";

const caller = { userID: "ada", tenantId: "t", permissions: ["schema:read"] };

function event(
  topic: string,
  body: Record<string, JsonValue>,
  subjects: StoredEvent["subjects"] = [],
): StoredEvent {
  const ids = {
    position: "1",
    eventId: "e",
    tenantId: "t",
    userId: "bob",
    correlationId: "c",
    causationId: "c",
  };
  return {
    ...ids,
    topic,
    type: String(body.type),
    version: 1,
    time: new Date(0),
    keptAt: new Date(0),
    subjects,
    body,
  };
}

const shownTo = (userId: string, topics: string[], stored: StoredEvent) =>
  shownEvent(stored, { userId, topics: chooseTopics(topics, caller) });

describe("topics", () => {
  it("are chosen by id or by kind, in one parameter or several", () => {
    const chosen = chooseTopics(["job:1,record:a:b", " rule ", "notifications"], caller);
    expect([...chosen.subjects]).toEqual(["job:1", "record:a:b"]);
    expect([...chosen.whole]).toEqual(["rule"]);
    expect(chosen.notifications).toBe(true);
  });

  it.each([
    [[]],
    [[","]],
    [["tenant:1"]],
    [["job:"]],
    [[`job:${"x".repeat(501)}`]],
    [
      Array(101)
        .fill(0)
        .map((_, i) => `job:${i}`),
    ],
  ])("that cannot be chosen are refused: %j", (topics) => {
    expect(() => chooseTopics(topics as string[], caller)).toThrow(
      expect.objectContaining({
        code: "invalid_argument",
        details: expect.objectContaining({ reason: "topics_invalid" }),
      }),
    );
  });

  it("need their permission; notifications need none", () => {
    const nobody = { ...caller, permissions: [] };
    expect(() => chooseTopics(["job"], nobody)).toThrow(
      expect.objectContaining({ code: "permission_denied" }),
    );
    expect(chooseTopics(["notifications"], nobody).notifications).toBe(true);
  });
});

describe("an event", () => {
  it("of a batch is shown with the chosen records only", () => {
    const records = ["1", "2", "3"].map((id) => ({ sourceRecordId: id, outcome: "converted" }));
    const subjects: StoredEvent["subjects"] = [
      { kind: "job", id: "j" },
      ...records.map(({ sourceRecordId }) => ({ kind: "record" as const, id: sourceRecordId })),
    ];
    const batch = event("conversion-events", { type: "records-converted", records }, subjects);
    expect(shownTo("ada", ["record:2"], batch)).toMatchObject({
      topics: ["record:2"],
      data: { records: [{ sourceRecordId: "2" }], recordCount: 3 },
    });
    expect(shownTo("ada", ["job:j"], batch)).toMatchObject({ topics: ["job:j"], data: { records: [] } });
    expect(shownTo("ada", ["record"], batch)).toMatchObject({ data: { records } });
    expect(shownTo("ada", ["record:4", "job:k"], batch)).toBeUndefined();
  });

  it("that is a notification is shown to those it is for, and to nobody who did not choose notifications", () => {
    const subjects: StoredEvent["subjects"] = [{ kind: "rule", id: "r" }];
    const notification = (extra: Record<string, JsonValue>) =>
      event("notification-events", { type: "notification-created", title: "x", ...extra }, subjects);
    expect(shownTo("ada", ["notifications"], notification({}))).toMatchObject({ topics: ["notifications"] });
    expect(shownTo("ada", ["notifications"], notification({ recipients: ["bob"] }))).toBeUndefined();
    expect(shownTo("ada", ["notifications"], notification({ excluded: ["ada"] }))).toBeUndefined();
    expect(shownTo("ada", ["rule"], notification({}))).toBeUndefined();
    const shown = shownTo("ada", ["notifications"], notification({ recipients: ["ada", "bob"] }));
    expect(JSON.stringify(shown)).not.toContain("recipients");
  });

  it("that somebody read something is shown to that one alone", () => {
    const read = event("notification-events", { type: "notification-read", marked: 1 });
    expect(shownTo("bob", ["notifications"], read)).toBeDefined();
    expect(shownTo("ada", ["notifications"], read)).toBeUndefined();
  });

  it("of mails, tenants and the audit log is shown to nobody", () => {
    const subjects: StoredEvent["subjects"] = [{ kind: "rule", id: "r" }];
    for (const [topic, type] of [
      ["notification-events", "mail-requested"],
      ["tenant-events", "tenant-updated"],
      ["audit-events", "audit-recorded"],
    ] as const) {
      expect(
        shownTo("ada", ["rule", "notifications"], event(topic, { type }, subjects)),
        type,
      ).toBeUndefined();
    }
  });
});
