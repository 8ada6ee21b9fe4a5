import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const main = path.resolve(import.meta.dirname, "../main.ts");

it("no event is lost and none takes effect twice while processes and Postgres are killed", {
  timeout: 400_000,
}, async () => {
  const options = [
    "--conversions",
    "800",
    "--kills",
    "4",
    "--every",
    "2",
    "--seed",
    "7",
    "--patience",
    "180",
  ];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--experimental-strip-types", "--no-warnings", main, ...options],
    { timeout: 390_000, maxBuffer: 10_000_000 },
  );
  const report = JSON.parse(stdout.slice(stdout.indexOf("{\n"))) as { wrong: string[]; kills: object };
  expect(report.wrong).toEqual([]);
  expect(Object.values(report.kills).reduce((sum: number, count: number) => sum + count, 0)).toBeGreaterThan(
    0,
  );
});
