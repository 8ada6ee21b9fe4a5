/**
 * `npm run bench -- NAME [--quick] [--runs=N]`: runs one benchmark and prints
 * its figures as one line of JSON, the last line. The exit code is 1 where it
 * found something wrong. `--runs` sets how often a benchmark repeats itself,
 * where it counts runs.
 */
import { existsSync, readdirSync } from "node:fs";

/** What every benchmark module exports. */
export interface Benchmark {
  description: string;
  run(options: { quick: boolean; runs?: number }): Promise<Record<string, number | string>>;
}

const here = new URL(".", import.meta.url);
const names = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/bench.ts`, here)))
  .map((entry) => entry.name);
const args = process.argv.slice(2);
const [name] = args.filter((arg) => !arg.startsWith("--"));

if (!name || args.includes("--help")) {
  console.log("usage: npm run bench -- NAME [--quick] [--runs=N]\n\nbenchmarks:");
  for (const each of names) {
    const { benchmark } = (await import(new URL(`${each}/bench.ts`, here).href)) as { benchmark: Benchmark };
    console.log(`  ${each.padEnd(10)} ${benchmark.description}`);
  }
  process.exit(name || args.includes("--help") ? 0 : 2);
}
if (!names.includes(name)) {
  console.error(`no benchmark "${name}"; there is: ${names.join(", ")}`);
  process.exit(2);
}
const { benchmark } = (await import(new URL(`${name}/bench.ts`, here).href)) as { benchmark: Benchmark };
const runs = args.find((arg) => arg.startsWith("--runs="))?.slice("--runs=".length);
if (runs !== undefined && !/^[1-9]\d{0,3}$/.test(runs)) {
  console.error(`--runs takes a number from 1 to 9999, not "${runs}"`);
  process.exit(2);
}
const figures = await benchmark.run({
  quick: args.includes("--quick"),
  runs: runs ? Number(runs) : undefined,
});
console.log(JSON.stringify(figures));
process.exit();
