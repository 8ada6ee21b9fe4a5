import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { ensurePostgres } from "../../postgres/index.js";
import { preparePubSub } from "../postgres/prepare.js";

export interface TestDatabase {
  url: string;
  sql: postgres.Sql;
  drop(): Promise<void>;
}

/** What a test needs to say of a subscription of the model. */
export function subscription(
  topic: string,
  name: string,
  messageRetentionMs = 0,
): Parameters<typeof preparePubSub>[1]["subscriptions"][number] {
  return {
    topic,
    name,
    service: "test",
    place: { file: "test.ts", line: 1, column: 1 },
    ackDeadlineMs: 30_000,
    messageRetentionMs,
    retry: { minBackoffMs: 100, maxBackoffMs: 1_000, maxRetries: 3 },
  };
}

/** A Pub/Sub database of its own, with the given subscriptions; the server is shared by all tests and kept between runs. */
export async function createTestDatabase(
  subscriptions: Parameters<typeof preparePubSub>[1]["subscriptions"],
): Promise<TestDatabase> {
  const server = await ensurePostgres({ appDir: join(tmpdir(), "axion-embedded-tests"), log: () => {} });
  const admin = postgres(server.adminUrl, { max: 1, onnotice: () => {} });
  const name = `pubsub_${randomUUID().replaceAll("-", "")}`;
  await admin.unsafe(`create database ${name}`);
  const url = new URL(server.adminUrl);
  url.pathname = `/${name}`;
  await preparePubSub(url.href, { subscriptions });
  const sql = postgres(url.href, { max: 2, onnotice: () => {} });
  return {
    url: url.href,
    sql,
    async drop() {
      await sql.end();
      await admin.unsafe(`drop database ${name} with (force)`);
      await admin.end();
      await server.release();
    },
  };
}
