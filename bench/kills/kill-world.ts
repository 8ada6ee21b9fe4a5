import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { signUpOwner } from "../../examples/demo/account.ts";
import { type Api, connect } from "../../examples/demo/api.ts";
import type { KillableApp } from "./killable-app.ts";

const batchSize = 50;

interface Counts {
  processed: number;
  converted: number;
  unchanged: number;
  skipped: number;
  failed: number;
}

interface Job extends Counts {
  id: string;
  state: string;
  executor: string;
  error?: string;
}

/** A tenant with people to convert, in its workspace and in a database of its own, and what must come of them. */
export class KillWorld {
  private readonly app: KillableApp;
  private readonly token: string;
  private readonly people: number;

  private constructor(app: KillableApp, token: string, people: number) {
    this.app = app;
    this.token = token;
    this.people = people;
  }

  static async create(app: KillableApp, people: number): Promise<KillWorld> {
    const password = "correct horse battery staple";
    const token = await signUpOwner(app.url, { email: "kills@example.com", password, slug: "kills" });
    const world = new KillWorld(app, token, people);
    await world.prepare();
    return world;
  }

  private get api(): Api {
    return connect(this.app.url, this.token);
  }

  private async prepare(): Promise<void> {
    const { tenants } = await this.api.get<{ tenants: { id: string }[] }>("/api/v1/tenants");
    const config = await fetch(`${this.app.url}/api/v1/tenants/${tenants[0]!.id}/conversion-config`, {
      method: "PUT",
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      body: JSON.stringify({ batchSize }),
    });
    if (!config.ok) throw new Error(`the batch size cannot be set: ${await config.text()}`);
    await this.define("people", ["first_name", "country", "age:integer"]);
    await this.define("countries", ["name"], "code");
    const countries = [
      { code: "DE", name: "Germany" },
      { code: "FR", name: "France" },
    ];
    await this.api.post("/api/v1/workspace/entities/countries/records", { records: countries });
    const records = Array.from({ length: this.people }, (_, at) => person(at + 1));
    for (let start = 0; start < records.length; start += 1_000) {
      const part = records.slice(start, start + 1_000);
      await this.api.post("/api/v1/workspace/entities/people/records", { records: part });
    }
    await this.addOwnDatabase(tenants[0]!.id, records);
  }

  /** A second database with the same people, so that jobs between the two stream. */
  private async addOwnDatabase(tenant: string, records: object[]): Promise<void> {
    const admin = await this.app.admin();
    await admin.unsafe("CREATE DATABASE kill_source");
    await admin.end();
    const url = new URL(await this.app.adminUrl());
    url.pathname = "/kill_source";
    const own = postgres(url.href, { max: 1 });
    await own`CREATE TABLE people (id integer PRIMARY KEY, first_name text, country text, age integer)`;
    await own`CREATE TABLE countries (code text PRIMARY KEY, name text)`;
    await own`INSERT INTO countries VALUES ('DE', 'Germany'), ('FR', 'France')`;
    await own`INSERT INTO people SELECT * FROM json_to_recordset(${JSON.stringify(records)}::text::json)
      AS p(id integer, first_name text, country text, age integer)`;
    await own.end();
    await this.api.post(`/api/v1/tenants/${tenant}/data-sources`, { name: "own", url: url.href });
  }

  /** Starts a job into a new entity, kills at a random point of it, and compares what came of it in the end. */
  async killDuringJob(how: {
    run: number;
    victim: "worker" | "postgres";
    streaming: boolean;
  }): Promise<{ problems: string[]; midway: boolean }> {
    const target = `contacts_${how.run}`;
    await this.define(target, ["full_name:required", "country"]);
    const rule = await this.api.post<{ id: string }>("/api/v1/conversion/rules", {
      definition: definitionOf(target, how.streaming ? "own" : "workspace"),
    });
    const { id } = await this.api.post<Job>("/api/v1/conversion/jobs", { ruleId: rule.id });
    await this.reached(id, Math.random() * this.people);
    await delay(Math.random() * 100);
    const { state } = await this.job(id);
    if (how.victim === "worker") await this.app.killWorker();
    else await this.app.killPostgres();
    const job = await this.ended(id);
    const problems = [
      ...compareJob(job, this.people, how.streaming),
      ...(await this.compareData(job, target)),
    ];
    return { problems, midway: isGoing({ state }) };
  }

  private async define(name: string, fields: string[], key = "id"): Promise<void> {
    const typed = fields.map((field) => {
      const [name, kind] = field.split(":");
      return { name, type: kind === "integer" ? "integer" : "text", required: kind === "required" };
    });
    const keyType = key === "id" ? "integer" : "text";
    await this.api.post("/api/v1/workspace/entities", {
      name,
      fields: [{ name: key, type: keyType }, ...typed],
      primaryKey: [key],
    });
  }

  private async job(id: string): Promise<Job> {
    return await patiently(() => this.api.get<Job>(`/api/v1/conversion/jobs/${id}`));
  }

  /** Waits until the job has looked at so many records, or ended. */
  private async reached(id: string, processed: number): Promise<void> {
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
      const job = await this.job(id);
      if (job.processed >= processed || !isGoing(job)) return;
      await delay(10);
    }
  }

  private async ended(id: string): Promise<Job> {
    for (const deadline = Date.now() + 120_000; ; ) {
      const job = await this.job(id);
      if (!isGoing(job) || Date.now() > deadline) return job;
      await delay(100);
    }
  }

  /** Whether target, links and audit log hold each record exactly once. */
  private async compareData(job: Job, target: string): Promise<string[]> {
    const problems: string[] = [];
    const expected = expectedCounts(this.people);
    const admin = await this.app.adminUrl();
    const url = new URL(admin);
    const server = await this.app.admin();
    const [place] = await server<
      { datname: string }[]
    >`SELECT datname FROM pg_database WHERE datname LIKE '%workspace%'`;
    await server.end();
    url.pathname = `/${place!.datname}`;
    const workspace = postgres(url.href, { max: 1, onnotice: () => {} });
    const [schema] = await workspace<{ name: string }[]>`
      SELECT table_schema AS name FROM information_schema.tables WHERE table_name = ${target}`;
    const table = workspace`${workspace(schema!.name)}.${workspace(target)}`;
    const [found] = await workspace<{ rows: number; wrong: number }[]>`
      SELECT count(*)::integer AS rows, count(*) FILTER (WHERE full_name <> 'First' || id)::integer AS wrong FROM ${table}`;
    const [links] = await workspace<{ links: number; targets: number; history: number }[]>`
      SELECT count(*)::integer AS links, count(DISTINCT target_key)::integer AS targets,
        (SELECT count(*)::integer FROM axion.link_history WHERE target_entity = ${target}) AS history
      FROM axion.links WHERE target_entity = ${target} AND job_id = ${job.id} AND action = 'create'`;
    await workspace.end();
    const check = (what: string, is: number | undefined, should: number): void => {
      if (is !== should) problems.push(`${what}: ${is} instead of ${should}`);
    };
    check("target records", found?.rows, expected.converted);
    check("wrong target records", found?.wrong, 0);
    check("links", links?.links, expected.converted);
    check("linked targets", links?.targets, expected.converted);
    check("overwritten links", links?.history, 0);
    const told = {
      "entity-converted": expected.converted,
      "entity-skipped": expected.skipped,
      "conversion-failed": expected.failed,
      "job-started": 1,
      "job-finished": 1,
    };
    for (const [type, should] of Object.entries(told))
      check(`audit ${type}`, await this.audited(job.id, type, should), should);
    return problems;
  }

  /** Audit entries of a type, once there are as many as there should be, or none have come for a while. */
  private async audited(jobId: string, eventType: string, should: number): Promise<number> {
    let last = -1;
    for (let quiet = 0; quiet < 40; ) {
      const query = new URLSearchParams({ jobId, eventType, count: "true", limit: "1" });
      const { total } = await patiently(() =>
        this.api.get<{ total: number }>(`/api/v1/audit/entries?${query}`),
      );
      if (total === should && last === total) return total;
      quiet = total === last ? quiet + 1 : 0;
      last = total;
      await delay(250);
    }
    return last;
  }
}

function isGoing({ state }: { state: string }): boolean {
  return state === "queued" || state === "running";
}

function person(id: number): object {
  const country = id % 7 === 0 ? "XX" : id % 2 === 0 ? "DE" : "FR";
  return { id, first_name: id % 25 === 0 ? null : `First${id}`, country, age: id % 10 === 0 ? 17 : 40 };
}

/** What the rule makes of the people. */
function expectedCounts(people: number): Counts {
  const counts = { processed: people, converted: 0, unchanged: 0, skipped: 0, failed: 0 };
  for (let id = 1; id <= people; id++) {
    if (id % 10 === 0) counts.skipped++;
    else if (id % 7 === 0 || id % 25 === 0) counts.failed++;
    else counts.converted++;
  }
  return counts;
}

function definitionOf(target: string, dataSource: string): object {
  return {
    name: target,
    source: { dataSource, entity: "people" },
    target: { entity: target },
    naturalKey: ["id"],
    when: "record.age >= 18",
    mappings: [
      { target: "id", column: "id" },
      { target: "full_name", expression: "trim(record.first_name)" },
      {
        target: "country",
        lookup: { entity: "countries", matchColumn: "code", equals: "record.country", valueColumn: "name" },
      },
    ],
  };
}

function compareJob(job: Job, people: number, streaming: boolean): string[] {
  const expected: Record<string, unknown> = {
    state: "completed",
    executor: streaming ? "streaming" : "set-based",
    ...expectedCounts(people),
  };
  const found = job as unknown as Record<string, unknown>;
  return Object.entries(expected).flatMap(([name, value]) =>
    found[name] === value
      ? []
      : [`${name}: ${found[name]} instead of ${value}${job.error ? ` (${job.error})` : ""}`],
  );
}

/** Asks again while the app or its database is on its way back. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + 90_000; ; ) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(200);
    }
  }
}
