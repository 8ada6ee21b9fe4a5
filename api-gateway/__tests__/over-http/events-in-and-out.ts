import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { call, succeed } from "../support/call.js";
import { newOrganization, type Organization } from "../support/callers-over-http.js";
import type { StartedApp } from "../support/started-app.js";

interface Message {
  kind: string;
  id: string;
  reason?: string;
  event?: { type: string; topics: string[]; data: { ruleId?: string } };
}

const patience = { timeout: 20_000, interval: 50 };

/** CloudEvents that come in and events that go out over WebSockets. */
export function eventsInAndOutTests(app: () => StartedApp): void {
  let ours: Organization;
  let theirs: Organization;

  beforeAll(async () => {
    ours = await newOrganization(app().url, "streaming");
    theirs = await newOrganization(app().url, "listening");
    for (const organization of [ours, theirs]) {
      for (const name of ["leads", "customers"]) {
        const fields = [{ name: "id", type: "integer" }];
        await post(organization, "/workspace/entities", { name, fields, primaryKey: ["id"] });
      }
    }
  });

  const headersOf = (organization: Organization) => organization.callers[0]!.headers;

  function post<T>(organization: Organization, path: string, body: unknown): Promise<T> {
    const headers = headersOf(organization);
    return succeed<T>(app().url, { method: "POST", path: `/api/v1${path}`, headers, body });
  }

  function newRule(organization: Organization): Promise<{ id: string }> {
    const definition = {
      name: `rule ${randomUUID()}`,
      source: { entity: "leads" },
      target: { entity: "customers" },
      naturalKey: ["id"],
      mappings: [{ target: "id", column: "id" }],
    };
    return post(organization, "/conversion/rules", { definition });
  }

  /** A stream whose credentials travel as the generated client sends them. */
  function listen(organization: Organization, query: string): { messages: Message[]; socket: WebSocket } {
    const packed = Buffer.from(JSON.stringify(headersOf(organization))).toString("base64url");
    const url = `${app().url.replace("http", "ws")}/api/v1/realtime?${query}`;
    const socket = new WebSocket(url, ["encore-ws", `encore.dev.headers.${packed}`]);
    const messages: Message[] = [];
    socket.addEventListener("message", ({ data }) => messages.push(JSON.parse(String(data))));
    onTestFinished(() => socket.close());
    return { messages, socket };
  }

  const kinds = (messages: Message[]) => messages.map(({ kind }) => kind);
  const rules = (messages: Message[]) => messages.flatMap(({ event }) => event?.data.ruleId ?? []);
  const ready = (messages: Message[]) =>
    vi.waitFor(() => expect(kinds(messages)).toContain("ready"), patience);

  describe("the realtime stream", () => {
    it("tells what happens to those of the tenant who chose it, and goes on after the last id", async () => {
      const [mine, foreign] = [listen(ours, "topics=rule"), listen(theirs, "topics=rule,job,notifications")];
      await Promise.all([ready(mine.messages), ready(foreign.messages)]);
      const first = await newRule(ours);
      await vi.waitFor(() => expect(rules(mine.messages)).toContain(first.id), patience);
      mine.socket.close();
      const missed = await newRule(ours);
      const last = mine.messages.at(-1)!.id;
      const again = listen(ours, `topics=rule&lastEventId=${last}`);
      await vi.waitFor(() => expect(rules(again.messages)).toContain(missed.id), patience);
      expect(rules(again.messages)).not.toContain(first.id);
      const own = await newRule(theirs);
      await vi.waitFor(() => expect(rules(foreign.messages)).toContain(own.id), patience);
      expect(new Set(rules(foreign.messages))).toEqual(new Set([own.id]));
    });

    it("says why it does not begin", async () => {
      const { messages } = listen(ours, "topics=everything");
      await vi.waitFor(
        () => expect(messages).toMatchObject([{ kind: "end", reason: "topics_invalid" }]),
        patience,
      );
    });

    it("ends with the session", async () => {
      const leaving = await newOrganization(app().url, "leaving");
      const { messages } = listen(leaving, "topics=notifications");
      await ready(messages);
      const headers = headersOf(leaving);
      await succeed(app().url, { method: "POST", path: "/api/v1/auth/sign-out", headers, body: {} });
      await vi.waitFor(
        () => expect(messages.at(-1)).toMatchObject({ kind: "end", reason: "access_ended" }),
        patience,
      );
    });
  });

  describe("ingestion", () => {
    it("takes an event in once, under both addresses, with an API key that may", async () => {
      const { key } = await post<{ key: string }>(ours, "/api-keys", {
        name: "in",
        permissions: ["event:ingest"],
      });
      const body = {
        specversion: "1.0",
        id: randomUUID(),
        source: "/sensors/a",
        type: "reading",
        data: { t: 1 },
      };
      const send = (path: string, changes: object = {}) =>
        call(app().url, {
          method: "POST",
          path,
          headers: { "x-api-key": key },
          body: { ...body, ...changes },
        });
      const answers = [
        await send("/api/events"),
        await send("/api/v1/events"),
        await send("/api/events", { data: 2 }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([202, 202, 409]);
      expect(JSON.parse(answers[1]!.text)).toMatchObject({ accepted: 0, duplicates: 1 });
      const { key: other } = await post<{ key: string }>(ours, "/api-keys", {
        name: "no",
        permissions: ["schema:read"],
      });
      const refused = await call(app().url, {
        method: "POST",
        path: "/api/events",
        headers: { "x-api-key": other },
        body,
      });
      expect(refused.status).toBe(403);
    });

    it("tells a sender that its body is too large, however much of it is still to come", async () => {
      for (const megabytes of [9, 20]) {
        const body = {
          specversion: "1.0",
          id: "big",
          source: "/a",
          type: "reading",
          data: "x".repeat(megabytes * 2 ** 20),
        };
        const headers = headersOf(ours);
        const answer = await call(app().url, { method: "POST", path: "/api/v1/events", headers, body });
        expect(answer.status).toBe(413);
        expect(JSON.parse(answer.text)).toMatchObject({ details: { reason: "body_too_large" } });
      }
    });
  });
}
