import { randomUUID } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { event_management } from "~encore/clients";
import "../../subscriptions/keep-dead-letters.js";
import "../../subscriptions/keep-events.js";
import "../../subscriptions/log-audit.js";
import "../../subscriptions/process-conversion.js";
import { newCaller } from "../../../shared/__tests__/callers.js";
import { conversionFailed } from "../../../shared/__tests__/conversion-events.js";
import { conversionEvents } from "../../../shared/events/topics.js";
import type { CallerIdentity } from "../../../shared/tenancy/identity.js";
import type { DeadLetter } from "../types.js";

const patience = { timeout: 20_000, interval: 25 };
const mine = { subscription: "process-conversion" };

/** An event of the caller's tenant that `process-conversion` gave up, since a field has another type. */
async function givenUp(authData: CallerIdentity, recordId = "7"): Promise<DeadLetter> {
  const event = conversionFailed(authData, randomUUID(), recordId);
  await conversionEvents.publish({ ...event, event: { ...event.event, error: 42 } });
  return await vi.waitFor(async () => {
    const { deadLetters } = await event_management.listDeadLetters(mine, { authData });
    const found = deadLetters.find(({ eventId }) => eventId === event.eventId);
    expect(found).toBeDefined();
    return found!;
  }, patience);
}

const correctedOf = (letter: DeadLetter) => ({
  ...(letter.event as { event: { [field: string]: string } }).event,
  error: "a lookup missed",
});

async function state(authData: CallerIdentity, id: string): Promise<DeadLetter> {
  return await event_management.getDeadLetter({ id }, { authData });
}

async function incidentsOf(authData: CallerIdentity) {
  return (await event_management.listIncidents({}, { authData })).incidents;
}

describe("a dead letter", { timeout: 60_000 }, () => {
  it("is corrected, replayed once to its subscription alone, and closes the incident as the last", async () => {
    const authData = newCaller("deadletter:manage");
    const letter = await givenUp(authData);
    expect(letter).toMatchObject({ state: "open", reason: "malformed-event", attempts: 1, replays: 0 });
    expect(letter.stack).toContain("MalformedEventError");
    expect(await incidentsOf(authData)).toMatchObject([{ state: "open", waiting: 1, failures: 1 }]);
    const { id } = letter;
    const edited = await event_management.editDeadLetter({ id, event: correctedOf(letter) }, { authData });
    expect(edited).toMatchObject({
      event: letter.event,
      editedEvent: { event: { error: "a lookup missed" } },
    });
    await Promise.all([1, 2].map(() => event_management.replayDeadLetter({ id }, { authData })));
    await vi.waitFor(async () => {
      expect(await state(authData, id)).toMatchObject({ state: "resolved", replays: 1, settledBy: "system" });
    }, patience);
    expect(await incidentsOf(authData)).toMatchObject([{ state: "closed", waiting: 0 }]);
    const { entries } = await event_management.getAuditTrail({ recordId: "7" }, { authData });
    expect(entries).toMatchObject([
      { eventType: "conversion-failed", details: { error: "a lookup missed" } },
    ]);
    await vi.waitFor(async () => {
      const { entries: audited } = await event_management.listAuditEntries({ limit: 100 }, { authData });
      const actions = audited.map(({ eventType }) => eventType);
      for (const action of [
        "dead-letter-edited",
        "dead-letter-replayed",
        "incident-opened",
        "incident-closed",
      ]) {
        expect(
          actions.filter((each) => each === action),
          action,
        ).toHaveLength(1);
      }
    }, patience);
    await expect(event_management.replayDeadLetter({ id }, { authData })).rejects.toMatchObject({
      code: "failed_precondition",
      details: { reason: "dead_letter_settled", state: "resolved" },
    });
  });

  it("that fails again is open again, with what it failed on", async () => {
    const authData = newCaller("deadletter:manage");
    const { id } = await givenUp(authData);
    await event_management.replayDeadLetter({ id }, { authData });
    await vi.waitFor(async () => {
      expect(await state(authData, id)).toMatchObject({ state: "open", attempts: 2, replays: 1 });
    }, patience);
    expect(await incidentsOf(authData)).toMatchObject([{ state: "open", waiting: 1, failures: 2 }]);
    expect((await event_management.listDeadLetters(mine, { authData })).deadLetters).toHaveLength(1);
  });

  it("is replayed with all of its kind, and no other", async () => {
    const authData = newCaller("deadletter:manage");
    const letters = [await givenUp(authData, "a"), await givenUp(authData, "b")];
    for (const letter of letters) {
      await event_management.editDeadLetter({ id: letter.id, event: correctedOf(letter) }, { authData });
    }
    const sorted = async (sort?: string) =>
      (await event_management.listDeadLetters({ ...mine, sort }, { authData })).deadLetters.map(
        (each) => each.id,
      );
    expect(await sorted("failedAt")).toEqual((await sorted()).reverse());
    const incidents = (sort: string) => event_management.listIncidents({ sort }, { authData });
    expect((await incidents("lastFailedAt")).incidents).toHaveLength(1);
    for (const list of [sorted, incidents])
      await expect(list("reason")).rejects.toMatchObject({ code: "invalid_argument" });
    const none = { ...mine, eventType: "job-started" };
    expect(await event_management.replayDeadLetters(none, { authData })).toEqual({
      replayed: 0,
      remaining: 0,
    });
    const kind = { ...mine, eventType: "conversion-failed", reason: "malformed-event" as const };
    expect(await event_management.replayDeadLetters(kind, { authData })).toEqual({
      replayed: 2,
      remaining: 0,
    });
    await vi.waitFor(async () => {
      const { deadLetters } = await event_management.listDeadLetters(
        { ...mine, state: "resolved" },
        { authData },
      );
      expect(deadLetters).toHaveLength(2);
    }, patience);
    expect((await event_management.listDeadLetters({}, { authData })).deadLetters).toEqual([]);
  });

  it("is discarded with a reason, once", async () => {
    const authData = newCaller("deadletter:manage");
    const { id } = await givenUp(authData);
    const reason = "sent by a test that is over";
    const discard = () => event_management.discardDeadLetter({ id, reason }, { authData });
    await expect(event_management.discardDeadLetter({ id, reason: " " }, { authData })).rejects.toMatchObject(
      {
        code: "invalid_argument",
      },
    );
    const discarded = await discard();
    expect(discarded).toMatchObject({
      state: "discarded",
      discardReason: reason,
      settledBy: authData.userID,
    });
    expect(await discard()).toEqual(discarded);
    expect(await incidentsOf(authData)).toMatchObject([{ state: "closed" }]);
  });

  it("takes no correction that is no event of its topic, and none of its envelope", async () => {
    const authData = newCaller("deadletter:manage");
    const letter = await givenUp(authData);
    const edit = (event: { [field: string]: string | number }) =>
      event_management.editDeadLetter({ id: letter.id, event }, { authData });
    const good = correctedOf(letter);
    for (const [event, reason] of [
      [{ ...good, ruleVersion: "1" }, "event_invalid"],
      [{ ...good, type: "rule-painted" }, "event_unknown"],
      [{ ...good, version: 9 }, "event_unknown"],
      [{ type: "mail-requested" }, "event_not_editable"],
    ] as const) {
      await expect(edit(event)).rejects.toMatchObject({ code: "invalid_argument", details: { reason } });
    }
    const edited = await edit({ ...good, tenantId: "somebody-else" });
    expect(edited.editedEvent).toMatchObject({ tenantId: authData.tenantId, userId: authData.userID });
  });

  it("of another tenant is as one that does not exist", async () => {
    const { id } = await givenUp(newCaller("deadletter:manage"));
    const authData = newCaller("deadletter:manage");
    for (const asked of [id, randomUUID(), "x"]) {
      const attempts = [
        () => event_management.getDeadLetter({ id: asked }, { authData }),
        () => event_management.editDeadLetter({ id: asked, event: {} }, { authData }),
        () => event_management.replayDeadLetter({ id: asked }, { authData }),
        () => event_management.discardDeadLetter({ id: asked, reason: "mine" }, { authData }),
      ];
      for (const attempt of attempts) {
        await expect(attempt()).rejects.toMatchObject({ code: "not_found", message: "No such dead letter." });
      }
    }
    expect(await event_management.replayDeadLetters({}, { authData })).toEqual({ replayed: 0, remaining: 0 });
  });
});
