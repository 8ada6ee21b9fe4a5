import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import path from "node:path";
import postgres from "postgres";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { connectionString, db } from "../../../codegen/db.js";
import { outbox } from "../../../codegen/schema.js";
import { superuserOf } from "../../__tests__/superuser.js";
import { newEvent } from "../envelope.js";
import { addToOutbox } from "../outbox.js";
import { startOutboxRelay } from "../relay.js";
import { planSettings, relayBatch } from "../relay-batch.js";
import type { ProjectCreated, ProjectEvent } from "../types.js";

const fixtures = path.join(import.meta.dirname, "fixtures");
const client = postgres(connectionString, { max: 3 });

afterAll(() => client.end());
beforeEach(async () => {
  await db.delete(outbox);
});

function projectEvent(orderedBy: string, modelVersion: number, tenantId = "tenant-a"): ProjectEvent {
  return newEvent(
    { type: "project-created", name: "shop", modelVersion, createdBy: "ada" },
    { tenantId, userId: "ada", orderedBy },
  );
}

function batchOptions(publish: (event: ProjectEvent) => Promise<string>) {
  const publishers = { "project-events": { publish } };
  return { publishers, batchSize: 50, concurrency: 8, publishTimeoutMs: 1_000 } as Parameters<
    typeof relayBatch
  >[1];
}

describe("outbox", { timeout: 30_000 }, () => {
  it("keeps an event if and only if the transaction that wrote it commits", async () => {
    const rolledBack = db.transaction(async (tx) => {
      await addToOutbox(tx, "project-events", projectEvent("a", 1));
      throw new Error("no");
    });
    await expect(rolledBack).rejects.toThrow("no");
    expect(await db.$count(outbox)).toBe(0);
    await db.transaction((tx) =>
      addToOutbox(tx, "project-events", projectEvent("a", 1), projectEvent("b", 1)),
    );
    expect(await db.$count(outbox)).toBe(2);
  });

  it("is emptied in order per key by several relays at once, also while publishing fails now and then", async () => {
    const keys = Array.from({ length: 12 }, () => randomUUID());
    for (let version = 1; version <= 20; version++) {
      await db.transaction((tx) =>
        addToOutbox(tx, "project-events", ...keys.map((key) => projectEvent(key, version))),
      );
    }
    const seen = new Map<string, number[]>(keys.map((key) => [`tenant-a:${key}`, []]));
    let calls = 0;
    const options = batchOptions(async (event) => {
      calls++;
      await new Promise((resolve) => setImmediate(resolve));
      if (calls % 37 === 0) throw new Error("broker hiccup");
      seen.get(event.orderingKey)?.push((event.event as ProjectCreated).modelVersion);
      return "";
    });
    await vi.waitFor(
      async () => {
        await Promise.all([1, 2, 3].map(() => relayBatch(client, options)));
        expect(await db.$count(outbox)).toBe(0);
      },
      { timeout: 20_000, interval: 20 },
    );
    for (const versions of seen.values())
      expect(versions).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it("gives each tenant its turn: an event does not wait behind the flood of another tenant", async () => {
    const flood = Array.from({ length: 3_000 }, (_, at) => projectEvent(at % 2 === 0 ? "a" : `${at}`, at));
    const others = Array.from({ length: 60 }, (_, at) => projectEvent("b", at, `tenant-b${at}`));
    for (const events of [flood, others])
      await db.transaction((tx) => addToOutbox(tx, "project-events", ...events));
    const published: string[] = [];
    const options = batchOptions(async (event) => {
      published.push(event.tenantId);
      return "";
    });
    const { afterTenant } = await relayBatch(client, options);
    expect(published.filter((tenantId) => tenantId === "tenant-a")).toHaveLength(1);
    expect(new Set(published).size).toBe(50);
    await relayBatch(client, { ...options, afterTenant });
    expect(new Set(published).size).toBe(61);
  });

  it("reads a quiet tenant's events without another's flood, also where the table was measured as that one's", async () => {
    const relay = postgres(connectionString, { max: 1, connection: planSettings });
    const rowsRead = async (): Promise<number> => {
      await relay`select pg_stat_force_next_flush()`;
      const [row] = await relay<{ read: number }[]>`
        select (seq_tup_read + idx_tup_fetch)::int as read from pg_stat_user_tables where relname = 'outbox'`;
      return row!.read;
    };
    try {
      const flood = Array.from({ length: 3_000 }, (_, at) => projectEvent(`${at % 40}`, at));
      await db.transaction((tx) => addToOutbox(tx, "project-events", ...flood));
      const administrator = await superuserOf(db);
      await administrator`vacuum analyze outbox`;
      await db.transaction((tx) => addToOutbox(tx, "project-events", projectEvent("b", 1, "tenant-b")));
      const before = await rowsRead();
      const batch = await relayBatch(relay, { ...batchOptions(async () => ""), batchSize: 5 });
      expect(batch.tenants.get("tenant-b")).toBe(1);
      expect((await rowsRead()) - before).toBeLessThan(300);
    } finally {
      await relay.end();
    }
  });

  it("leaves out tenants that rest, and says what it read of the others", async () => {
    const events = ["a", "b", "b"].map((name, at) => projectEvent(`${at}`, at, `tenant-${name}`));
    await db.transaction((tx) => addToOutbox(tx, "project-events", ...events));
    const options = batchOptions(async () => "");
    const { tenants, published } = await relayBatch(client, { ...options, resting: ["tenant-b"] });
    expect([published, ...tenants]).toEqual([1, ["tenant-a", 1]]);
    expect((await relayBatch(client, options)).tenants).toEqual(new Map([["tenant-b", 2]]));
    expect(await db.$count(outbox)).toBe(0);
  });

  it("keeps what could not be published, with the error, and what waits behind it", async () => {
    await db.transaction((tx) =>
      addToOutbox(tx, "project-events", projectEvent("a", 1), projectEvent("a", 2), projectEvent("b", 1)),
    );
    const published: string[] = [];
    const batch = await relayBatch(
      client,
      batchOptions(async (event) => {
        if (event.orderingKey.endsWith(":a")) throw new Error("topic is gone");
        published.push(event.orderingKey);
        return "";
      }),
    );
    expect(batch).toMatchObject({
      published: 1,
      failed: [{ topic: "project-events", error: "topic is gone" }],
    });
    expect(published).toEqual(["tenant-a:b"]);
    const rows = await db.select().from(outbox).orderBy(outbox.id);
    expect(rows.map((row) => [row.attempts, row.lastError])).toEqual([
      [1, "topic is gone"],
      [0, null],
    ]);
  });

  it("counts a publish that hangs as failed", async () => {
    await db.transaction((tx) => addToOutbox(tx, "project-events", projectEvent("a", 1)));
    const options = { ...batchOptions(() => new Promise(() => {})), publishTimeoutMs: 20 };
    expect((await relayBatch(client, options)).failed[0]?.error).toContain("longer than 20 ms");
  });

  it("loses nothing when the process of a relay is killed in the middle of a batch", async () => {
    const events = [projectEvent("a", 1), projectEvent("a", 2), projectEvent("a", 3)];
    await db.transaction((tx) => addToOutbox(tx, "project-events", ...events));
    const hooks = path.join(fixtures, "typescript-imports.mjs");
    const script = path.join(fixtures, "relay-process.ts");
    const child = spawn(process.execPath, ["--no-warnings", "--import", hooks, script, connectionString], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [first] = await once(child.stdout, "data");
    expect(String(first).trim()).toBe(events[0]?.eventId);
    child.kill("SIGKILL");
    await once(child, "exit");
    const published: string[] = [];
    const options = batchOptions(async (event) => {
      published.push(event.eventId);
      return "";
    });
    await vi.waitFor(
      async () => {
        await relayBatch(client, options);
        expect(published).toEqual(events.map((event) => event.eventId));
      },
      { timeout: 10_000, interval: 20 },
    );
    expect(await db.$count(outbox)).toBe(0);
  });
});

describe("a running relay", { timeout: 40_000 }, () => {
  it("is told of new events, long before it would look by itself", async () => {
    const published = new Map<string, number>();
    const publish = async (event: ProjectEvent) => {
      published.set(event.eventId, performance.now());
      return "";
    };
    const relay = startOutboxRelay({
      connectionString,
      publishers: { "project-events": { publish } },
      pollMs: 60_000,
    });
    try {
      const warmUp = projectEvent("a", 1);
      await vi.waitFor(
        async () => {
          await db.transaction((tx) => addToOutbox(tx, "project-events", warmUp));
          expect(published.size).toBeGreaterThan(0);
        },
        { timeout: 10_000, interval: 50 },
      );
      const event = projectEvent("b", 1);
      await db.transaction((tx) => addToOutbox(tx, "project-events", event));
      await vi.waitFor(() => expect(published.has(event.eventId)).toBe(true), {
        timeout: 5_000,
        interval: 5,
      });
    } finally {
      await relay.stop();
    }
  });
});
