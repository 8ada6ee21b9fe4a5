import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { signUpOwner } from "../../examples/demo/account.ts";
import { type Api, connect } from "../../examples/demo/api.ts";
import type { KillableApp } from "../kills/killable-app.ts";

/** Milliseconds of single executions over HTTP, from one database into another. */
export interface SingleFigures {
  /** By hand, without HTTP: one row read, one written to another database, one to a third, each committed. */
  singleFloorMs: number;
  /** The same at the pace of the executions: idle processes take longer to answer. */
  singleFloorPacedMs: number;
  /** Ten a second, which leaves time for the events of one execution before the next. */
  singleP50Ms: number;
  singleP99Ms: number;
  singleP50MsWith1000Rules: number;
  singleP99MsWith1000Rules: number;
  /** One right after the other: what each sets off in the background takes from the next. */
  singleBusyP50Ms: number;
  singleBusyP99Ms: number;
  [figure: string]: number;
}

const warmUp = 50;
const pauseMs = 100;

/** Converts records one by one through the public API of a started app; again beside 1,000 active rules. */
export async function measureSingle(app: KillableApp, executions: number): Promise<SingleFigures> {
  const password = "correct horse battery staple";
  const token = await signUpOwner(app.url, { email: "bench@example.com", password, slug: "bench" });
  const api = connect(app.url, token);
  const records = 3 * (executions + warmUp);
  await addSource(app, api, records);
  await api.post("/api/v1/workspace/entities", {
    name: "contacts",
    fields: [
      { name: "id", type: "integer" },
      { name: "name", type: "text" },
      { name: "label", type: "text" },
    ],
    primaryKey: ["id"],
  });
  const { id: ruleId } = await api.post<{ id: string }>("/api/v1/conversion/rules", {
    definition: definition("measured"),
  });
  const floor = await openFloor(app);
  const bare = await floor.measure(executions, 0);
  const barePaced = await floor.measure(executions, pauseMs);
  await floor.end();
  const first = await convertOneByOne(api, { ruleId, from: 1, count: executions });
  for (let made = 0; made < 1_000; made += 10) {
    const names = Array.from({ length: 10 }, (_, at) => `rule ${made + at}`);
    await Promise.all(
      names.map((name) => api.post("/api/v1/conversion/rules", { definition: definition(name) })),
    );
  }
  const second = await convertOneByOne(api, { ruleId, from: executions + warmUp + 1, count: executions });
  const busy = await convertOneByOne(api, {
    ruleId,
    from: 2 * (executions + warmUp) + 1,
    count: executions,
    pause: 0,
  });
  return {
    singleFloorMs: percentile(bare, 50),
    singleFloorPacedMs: percentile(barePaced, 50),
    singleP50Ms: percentile(first, 50),
    singleP99Ms: percentile(first, 99),
    singleP50MsWith1000Rules: percentile(second, 50),
    singleP99MsWith1000Rules: percentile(second, 99),
    singleBusyP50Ms: percentile(busy, 50),
    singleBusyP99Ms: percentile(busy, 99),
  };
}

async function convertOneByOne(
  api: Api,
  { ruleId, from, count, pause = pauseMs }: { ruleId: string; from: number; count: number; pause?: number },
): Promise<number[]> {
  const taken: number[] = [];
  for (let at = 0; at < warmUp + count; at++) {
    if (pause > 0) await delay(pause);
    const began = performance.now();
    await api.post("/api/v1/conversion/execute", { ruleId, sourceRecordId: String(from + at) });
    if (at >= warmUp) taken.push(performance.now() - began);
  }
  return taken.sort((a, b) => a - b);
}

/** What reading a row and two commits take on this server, with the bare driver on warm connections. */
async function openFloor(app: KillableApp) {
  const open = async (name: string) => {
    const url = new URL(await app.adminUrl());
    url.pathname = `/${name}`;
    return postgres(url.href, { max: 1, onnotice: () => {} });
  };
  const admin = await app.admin();
  await admin.unsafe("CREATE DATABASE bench_floor_target");
  await admin.unsafe("CREATE DATABASE bench_floor_events");
  await admin.end();
  const [source, target, events] = await Promise.all(
    ["bench_source", "bench_floor_target", "bench_floor_events"].map(open),
  );
  if (!source || !target || !events) throw new Error("no connections");
  await target`CREATE TABLE contacts (id integer PRIMARY KEY, name text)`;
  await events`CREATE TABLE outbox (id integer PRIMARY KEY, message jsonb)`;
  let id = 0;
  return {
    async measure(count: number, pause: number): Promise<number[]> {
      const taken: number[] = [];
      for (let at = 0; at < warmUp + count; at++) {
        if (pause > 0) await delay(pause);
        id++;
        const began = performance.now();
        const [person] = await source<{ last_name: string }[]>`SELECT last_name FROM people WHERE id = ${id}`;
        await target`INSERT INTO contacts VALUES (${id}, ${person?.last_name ?? ""})`;
        await events`INSERT INTO outbox VALUES (${id}, ${JSON.stringify(person)}::text::jsonb)`;
        if (at >= warmUp) taken.push(performance.now() - began);
      }
      return taken.sort((a, b) => a - b);
    },
    end: () => Promise.all([source, target, events].map((sql) => sql.end())),
  };
}

async function addSource(app: KillableApp, api: Api, records: number): Promise<void> {
  const admin = await app.admin();
  await admin.unsafe("CREATE DATABASE bench_source");
  await admin.end();
  const url = new URL(await app.adminUrl());
  url.pathname = "/bench_source";
  const own = postgres(url.href, { max: 1, onnotice: () => {} });
  await own.unsafe(`CREATE TABLE people (id integer PRIMARY KEY, first_name text, last_name text);
    INSERT INTO people SELECT n, 'First' || n, 'Last' FROM generate_series(1, ${records}) n`);
  await own.end();
  const { tenants } = await api.get<{ tenants: { id: string }[] }>("/api/v1/tenants");
  await api.post(`/api/v1/tenants/${tenants[0]!.id}/data-sources`, { name: "own", url: url.href });
}

function definition(name: string): object {
  return {
    name,
    source: { dataSource: "own", entity: "people" },
    target: { entity: "contacts" },
    naturalKey: ["id"],
    mappings: [
      { target: "id", column: "id" },
      { target: "name", column: "last_name" },
      { target: "label", expression: 'upper(record.first_name) + " " + record.last_name' },
    ],
  };
}

function percentile(sorted: readonly number[], percent: number): number {
  const at = Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100));
  return Math.round((sorted[at] ?? 0) * 100) / 100;
}
