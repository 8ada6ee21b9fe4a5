import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const main = path.resolve(import.meta.dirname, "../main.ts");

const hasKafka = process.env.KAFKA_TEST_JARS !== undefined;
const timeout = 400_000;

it("no event is lost and none takes effect twice while processes and Postgres are killed", { timeout }, () =>
  expectNothingLost(),
);

it.skipIf(!hasKafka)("nor on Kafka, where the broker is killed as well", { timeout }, () =>
  expectNothingLost("--kafka"),
);

async function expectNothingLost(...more: string[]): Promise<void> {
  const sizes = ["--conversions", "800", "--kills", "4", "--every", "2", "--seed", "7", "--patience", "180"];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--experimental-transform-types", "--no-warnings", main, ...sizes, ...more],
    { timeout: 390_000, maxBuffer: 10_000_000 },
  );
  const report = JSON.parse(stdout.slice(stdout.indexOf("{\n"))) as {
    wrong: string[];
    kills: Record<string, number>;
  };
  expect(report.wrong).toEqual([]);
  expect(Object.values(report.kills).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
}
