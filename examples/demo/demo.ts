/**
 * `npm run demo`: starts Axion, loads every city of the world through the public
 * API, and converts them into locations by a rule. `--help` lists the options.
 */
import { parseArgs } from "node:util";
import { demoToken } from "./account.ts";
import { type Api, connect } from "./api.ts";
import { convertAll, convertOne, ensureRule, previewOne, showAuditTrail, suggestMapping } from "./convert.ts";
import { loadSources } from "./load.ts";
import { count, heading, line } from "./report.ts";
import { isRunning, type System, startSystem } from "./system.ts";

const usage = `usage: npm run demo -- [options]

  --exit        stop Axion at the end; by default it stays up
  --json        print a summary as one line of JSON, the last line
  --port PORT   port for Axion; 4000 by default
  --url URL     use the Axion that runs there, on any host, and start none
  --help        this text`;

interface Options {
  exit: boolean;
  json: boolean;
  port: number;
  url?: string;
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        exit: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        port: { type: "string", default: "4000" },
        url: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new Error(`--port ${values.port} is not a port`);
    return { exit: values.exit, json: values.json, port, url: values.url?.replace(/\/$/, "") };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

/** The machine-readable summary. Rates and seconds are those of the job alone. */
interface Summary {
  sourceRecords: number;
  converted: number;
  unchanged: number;
  skipped: number;
  failed: number;
  seconds: number;
  recordsPerSecond: number;
  auditEntries: number;
  readySeconds: number;
  loadSeconds: number;
  auditSeconds: number;
}

async function openSystem({ url, port }: Options): Promise<System> {
  const wanted = url ?? `http://localhost:${port}`;
  if (await isRunning(wanted)) {
    line(`using the Axion that runs at ${wanted}`);
    return { url: wanted, readySeconds: 0 };
  }
  if (url) throw new Error(`no Axion answers at ${url}`);
  return startSystem(port, line);
}

async function runDemo(api: Api, readySeconds: number): Promise<Summary> {
  const loaded = await loadSources(api);
  await suggestMapping(api);
  const rule = await ensureRule(api);
  await previewOne(api, rule.id);
  const executed = await convertOne(api, rule.id);
  const job = await convertAll(api, rule.id);
  await showAuditTrail(api, executed.sourceRecordId);
  // The city converted by itself is unchanged in the job that follows: it counts where it was converted.
  const single = executed.outcome === "converted" ? 1 : 0;
  return {
    ...job,
    converted: job.converted + single,
    unchanged: job.unchanged - single,
    sourceRecords: loaded.cities,
    loadSeconds: loaded.seconds,
    readySeconds,
  };
}

function showWhatNext(url: string, token: string): void {
  heading("Try it");
  line(`API        ${url}/api/v1`);
  line(`Health     ${url}/api/v1/health`);
  line("");
  const auth = `-H "authorization: Bearer $TOKEN"`;
  console.log(`  export TOKEN=${token}`);
  console.log(`  curl ${auth} ${url}/api/v1/workspace/entities/locations/records/2`);
  console.log(`  curl ${auth} ${url}/api/v1/conversion/jobs`);
  console.log(`  curl ${auth} ${url}/api/v1/audit/trail/2`);
}

const options = readOptions();
let system: System | undefined;
// The Axion that the demo started goes with it, also where only the demo is told to end.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void Promise.resolve(system?.stop?.()).then(() => process.exit(0)));
}
try {
  heading("Axion demo: 171,075 cities become locations");
  system = await openSystem(options);
  const token = await demoToken(system.url);
  const summary = await runDemo(connect(system.url, token), system.readySeconds);
  if (summary.converted === 0) {
    heading(`Nothing to do: all ${count(summary.unchanged)} locations were up to date, nothing was changed`);
  }
  if (!options.exit) showWhatNext(system.url, token);
  if (options.exit) await system.stop?.();
  if (options.json) console.log(JSON.stringify(summary));
  if (!options.exit && system.ended) {
    if (!options.json) line("\n  Axion stays up; press Ctrl+C to stop it");
    process.exitCode = await system.ended;
  }
} catch (error) {
  console.error(`\nThe demo failed: ${(error as Error).message}`);
  await system?.stop?.();
  process.exitCode = 1;
}
