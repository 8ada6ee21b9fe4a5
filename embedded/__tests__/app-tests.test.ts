import { join } from "node:path";
import { expect, test } from "vitest";
import { axion, COUNTER_APP, useApps } from "./support/app.js";

const apps = useApps();

const CONFIG = `import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
export default defineConfig({ resolve: { alias: { "~encore": fileURLToPath(new URL("./encore.gen", import.meta.url)) } } });
`;

/** Counts from zero: true only where no other file wrote into the same database. */
const COUNTING_TEST = `import { expect, it } from "vitest";
import { counter } from "~encore/clients";
import { visit } from "./counter";

it("calls handlers directly and through the client", async () => {
  expect(await visit({ name: "a" })).toEqual({ visits: 1 });
  expect(await counter.visit({ name: "b" })).toEqual({ visits: 2 });
  await expect(counter.fail()).rejects.toMatchObject({ code: "internal" });
});
`;

const EVENTS = {
  "counter/events.ts": `import { Subscription, Topic } from "encore.dev/pubsub";
export const seen = new Topic<{ name: string }>("seen", { deliveryGuarantee: "at-least-once" });
export const received: string[] = [];
const _ = new Subscription(seen, "note", { handler: async ({ name }) => void received.push(name) });
`,
  "counter/events.test.ts": `import { expect, it, vi } from "vitest";
import { received, seen } from "./events";

it("delivers what is published to the subscriptions of imported files", async () => {
  await seen.publish({ name: "ada" });
  await vi.waitFor(() => expect(received).toEqual(["ada"]), { timeout: 10_000 });
});
`,
};

test("each test file has databases of its own, and reaches handlers, clients and topics", async () => {
  const dir = apps.create({
    ...COUNTER_APP,
    ...EVENTS,
    "vitest.config.ts": CONFIG,
    "counter/one.test.ts": COUNTING_TEST,
    "counter/two.test.ts": COUNTING_TEST,
    "counter/pure.test.ts":
      'import { expect, it } from "vitest";\nit("is alone", () => expect(process.env.NODE_OPTIONS).toBeUndefined());\n',
  });
  const outcome = await axion(["test", "--reporter=json"], { cwd: dir });
  const report = JSON.parse(outcome.stdout.slice(outcome.stdout.indexOf("{"))) as {
    numPassedTests: number;
    numFailedTests: number;
  };
  expect(report, outcome.stderr).toMatchObject({ numPassedTests: 4, numFailedTests: 0 });
  expect(outcome.code).toBe(0);
});

test("arguments go to vitest, whose failure is the exit code", async () => {
  const dir = apps.create({
    "vitest.config.ts": CONFIG,
    "a.test.ts": 'import { expect, it } from "vitest";\nit("fails", () => expect(1).toBe(2));\n',
    "b.test.ts": 'import { it } from "vitest";\nit("passes", () => {});\n',
  });
  expect((await axion(["test"], { cwd: dir })).code).toBe(1);
  expect((await axion(["test", "b.test.ts"], { cwd: dir })).code).toBe(0);
});

test("a host that is there already is kept", async () => {
  const dir = apps.create({
    "vitest.config.ts": CONFIG,
    "a.test.ts":
      'import { expect, it } from "vitest";\nit("sees it", () => expect(process.env.ENCORE_RUNTIME_LIB).toBe("/elsewhere/encore-runtime.node"));\n',
  });
  const env = { ENCORE_RUNTIME_LIB: join("/", "elsewhere", "encore-runtime.node") };
  expect((await axion(["test"], { cwd: dir, env })).code).toBe(0);
});
