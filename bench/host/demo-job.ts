import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import postgres from "postgres";
import { copyApp } from "../lib/copy-app.ts";
import { freePort, launch, untilReady } from "../lib/process.ts";
import type { BenchOptions } from "./bench.ts";

const run = promisify(execFile);

/** The demo's job over all cities, and the time of one statement that writes the same rows. */
export interface DemoFigures {
  /** Job seconds divided by statement seconds: how many times longer the job takes. */
  demoToInsertSelectRatio: number;
  demoSeconds: number;
  insertSelectSeconds: number;
  demoRecordsPerSecond: number;
  [figure: string]: number;
}

/**
 * Runs the demo on a fresh copy of the app, then writes the same locations with one `INSERT … SELECT` into an
 * equal table of the same database. The statement has no links, no events, no audit and no progress.
 */
export async function compareDemoJob({ root, scratch }: BenchOptions): Promise<DemoFigures> {
  const app = join(scratch, "demo");
  await copyApp(root, ".", app);
  const bin = join(root, "node_modules/.bin");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const axion = launch(join(bin, "axion"), ["start", "--app", app, "--port", String(port)], { cwd: app });
  try {
    await untilReady(`${url}/__encore/healthz`, axion, 120);
    const demo = await run(
      join(bin, "node"),
      [join(root, "examples/demo/demo.ts"), "--url", url, "--exit", "--json"],
      {
        cwd: root,
        timeout: 600_000,
      },
    );
    const summary = JSON.parse(demo.stdout.trim().split("\n").at(-1) ?? "") as {
      seconds: number;
      recordsPerSecond: number;
      converted: number;
    };
    const uri = await run(
      join(bin, "axion"),
      ["db", "conn-uri", "workspace", "--role", "owner", "--app", app],
      {
        cwd: app,
        timeout: 30_000,
      },
    );
    const insertSelectSeconds = await timeInsertSelect(uri.stdout.trim(), summary.converted);
    const ratio = summary.seconds / insertSelectSeconds;
    console.log(
      `demo job ${summary.seconds.toFixed(2)} s, one INSERT … SELECT ${insertSelectSeconds.toFixed(2)} s (${ratio.toFixed(1)} times)`,
    );
    return {
      demoToInsertSelectRatio: Number(ratio.toFixed(2)),
      demoSeconds: summary.seconds,
      insertSelectSeconds: Number(insertSelectSeconds.toFixed(3)),
      demoRecordsPerSecond: summary.recordsPerSecond,
    };
  } finally {
    await axion.stop();
  }
}

async function timeInsertSelect(uri: string, expectedRows: number): Promise<number> {
  const sql = postgres(uri, { max: 1, onnotice: () => {} });
  try {
    const [place] = await sql<{ schema: string }[]>`
      SELECT table_schema AS schema FROM information_schema.tables WHERE table_name = 'locations'`;
    if (!place) throw new Error("the workspace has no locations");
    const schema = sql(place.schema);
    await sql`CREATE TABLE ${schema}.bench_locations (LIKE ${schema}.locations INCLUDING ALL)`;
    const began = performance.now();
    const written = await sql`
      INSERT INTO ${schema}.bench_locations
        (city_id, name, label, latitude, longitude, country_code, country_name, currency, admin1)
      SELECT city.id, city.name, city.name || ' (' || upper(city.country) || ')', city.lat::double precision,
        city.lng::double precision, city.country, country.name, country.currency, city.admin1
      FROM ${schema}.cities AS city
      JOIN ${schema}.countries AS country ON country.code = city.country
      WHERE city.admin1 <> '' AND country.currency IS NOT NULL`;
    const seconds = (performance.now() - began) / 1000;
    await sql`DROP TABLE ${schema}.bench_locations`;
    if (written.count !== expectedRows) {
      throw new Error(`the statement wrote ${written.count} rows, the job ${expectedRows}`);
    }
    return seconds;
  } finally {
    await sql.end({ timeout: 5 });
  }
}
