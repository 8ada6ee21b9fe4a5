/**
 * `npm run test:kafka [-- FILES]`: the tests of events on a Kafka broker of its own, from the jars in the folder KAFKA_TEST_JARS,
 * with the application unchanged. Without the jars it says so and does nothing.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startKafka } from "../../bench/loss/kafka.ts";

const root = path.resolve(import.meta.dirname, "../..");
const suite = [
  "event-management/dead-letters",
  "event-management/event-store",
  "event-management/timeline",
  "event-management/__tests__/subscriptions.test.ts",
  "event-management/__tests__/notifications.test.ts",
  "event-management/__tests__/audit.test.ts",
];

if (process.env.KAFKA_TEST_JARS === undefined) {
  console.log("left out: KAFKA_TEST_JARS names no folder with Kafka's jars");
} else {
  process.exitCode = await runOnKafka(process.argv.slice(2));
}

async function runOnKafka(files: string[]): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), "axion-on-kafka-"));
  const broker = await startKafka();
  try {
    const infra = path.join(folder, "infra-config.json");
    await writeFile(infra, JSON.stringify({ pubsub: [broker.pubsub] }));
    const axion = path.join(root, "embedded/bin/axion.mjs");
    const args = ["test", "--infra", infra, "--project", "app", ...(files.length > 0 ? files : suite)];
    const child = spawn(process.execPath, [axion, ...args], { cwd: root, stdio: "inherit" });
    const [code] = (await once(child, "exit")) as [number | null];
    return code ?? 1;
  } finally {
    await broker.remove();
    await rm(folder, { recursive: true, force: true });
  }
}
