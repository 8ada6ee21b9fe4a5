import { setTimeout as delay } from "node:timers/promises";
import { signUpOwner } from "../../examples/demo/account.ts";
import { type Api, connect } from "../../examples/demo/api.ts";
import { checkData } from "./check-data.ts";
import type { KillableApp } from "./killable-app.ts";
import { type Counts, definitionOf, expectedCounts, isThereBefore, person, recordBefore } from "./people.ts";
import type { SourceServer } from "./source-server.ts";

interface Job extends Counts {
  id: string;
  state: string;
  executor?: string;
  error?: string;
}

/** What is killed: the app's process, its Postgres with the targets, or the Postgres that streaming jobs read. */
export type Victim = "worker" | "target" | "source";

/** What came of a job over kills. */
export interface Outcome {
  problems: string[];
  /** Kills that met the job before its end. */
  midway: number;
}

/** A finished conversion, to be undone. */
export interface Converted {
  jobId: string;
  ruleId: string;
  target: string;
  people: number;
  executor: string;
}

/** A tenant with people to convert, in its workspace and in a database of its own, and what must come of them. */
export class KillWorld {
  private readonly app: KillableApp;
  private readonly source: SourceServer;
  private readonly token: string;
  private readonly people: number;

  private constructor(parts: { app: KillableApp; source: SourceServer; token: string; people: number }) {
    this.app = parts.app;
    this.source = parts.source;
    this.token = parts.token;
    this.people = parts.people;
  }

  static async create(app: KillableApp, source: SourceServer, people: number): Promise<KillWorld> {
    const password = "correct horse battery staple";
    const token = await signUpOwner(app.url, { email: "kills@example.com", password, slug: "kills" });
    const world = new KillWorld({ app, source, token, people });
    await world.prepare();
    return world;
  }

  private get api(): Api {
    return connect(this.app.url, this.token);
  }

  private async prepare(): Promise<void> {
    await this.setBatchSize(50);
    await this.define("people", ["first_name", "country", "age:integer"]);
    await this.define("countries", ["name"], "code");
    const countries = [
      { code: "DE", name: "Germany" },
      { code: "FR", name: "France" },
    ];
    await this.load("countries", countries);
    await this.load("people", idsUpTo(this.people).map(person));
    await this.source.addPeople("people", this.people);
    const url = this.source.url;
    await this.api.post(`/api/v1/tenants/${await this.tenant()}/data-sources`, { name: "own", url });
  }

  /** Records a batch. */
  async setBatchSize(batchSize: number): Promise<void> {
    const config = await fetch(`${this.app.url}/api/v1/tenants/${await this.tenant()}/conversion-config`, {
      method: "PUT",
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      body: JSON.stringify({ batchSize }),
    });
    if (!config.ok) throw new Error(`the batch size cannot be set: ${await config.text()}`);
  }

  private async tenant(): Promise<string> {
    const { tenants } = await this.api.get<{ tenants: { id: string }[] }>("/api/v1/tenants");
    return tenants[0]!.id;
  }

  /**
   * Starts a job into a new entity that has some of the records, kills each victim at a random point of its share of
   * the job, and compares what came of it in the end. Many more people than usual come from a table of their own.
   */
  async killDuringJob(how: {
    target: string;
    victims: Victim[];
    streaming: boolean;
    people?: number;
  }): Promise<{ outcome: Outcome; converted: Converted }> {
    const { target, streaming, people = this.people } = how;
    const entity = people === this.people ? "people" : `people_${people}`;
    if (people !== this.people) await this.source.addPeople(entity, people);
    await this.define(target, ["full_name:required", "country"]);
    await this.load(target, idsUpTo(people).filter(isThereBefore).map(recordBefore));
    const definition = definitionOf(target, { dataSource: streaming ? "own" : "workspace", entity });
    const rule = await this.api.post<{ id: string }>("/api/v1/conversion/rules", { definition });
    const { id } = await this.api.post<Job>("/api/v1/conversion/jobs", { ruleId: rule.id });
    const midway = await this.kill(id, how.victims, people);
    const executor = streaming ? "streaming" : "set-based";
    const counts = expectedCounts(people);
    const problems = [
      ...compareJob(await this.ended(id, people), { ...counts, executor }),
      ...(await checkData(await this.app.adminUrl(), { target, people, jobId: id })),
      ...(await this.compareAudit(id, {
        "entity-converted": counts.converted,
        "entity-skipped": counts.skipped,
        "conversion-failed": counts.failed,
      })),
    ];
    return {
      outcome: { problems, midway },
      converted: { jobId: id, ruleId: rule.id, target, people, executor },
    };
  }

  /** Undoes a job, with kills in the undoing, and then converts everything again. */
  async killDuringUndo(done: Converted, victims: Victim[]): Promise<Outcome> {
    const { jobId, ruleId, target, people, executor } = done;
    const { id } = await this.api.post<Job>(`/api/v1/conversion/jobs/${jobId}/undo`, {});
    const { converted } = expectedCounts(people);
    const midway = await this.kill(id, victims, converted);
    const undone = { processed: converted, converted, unchanged: 0, skipped: 0, failed: 0 };
    const problems = [
      ...compareJob(await this.ended(id, people), undone),
      ...(await checkData(await this.app.adminUrl(), { target, people, jobId, undoId: id })),
      ...(await this.compareAudit(id, { "conversion-undone": converted })),
    ];
    const again = await this.api.post<Job>("/api/v1/conversion/jobs", { ruleId });
    const expected = { ...expectedCounts(people), executor };
    problems.push(
      ...compareJob(await this.ended(again.id, people), expected).map((text) => `again: ${text}`),
    );
    return { problems, midway };
  }

  /** Kills the victims one after the other, each at a random point of its share of the job. Returns how many met it. */
  private async kill(jobId: string, victims: Victim[], records: number): Promise<number> {
    let midway = 0;
    for (const [at, victim] of victims.entries()) {
      await this.reached(jobId, ((at + Math.random()) * records) / victims.length);
      await delay(Math.random() * 100);
      if (isGoing(await this.job(jobId))) midway++;
      if (victim === "worker") await this.app.killWorker();
      else if (victim === "target") await this.app.killPostgres();
      else await this.source.kill();
    }
    return midway;
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

  private async load(entity: string, records: object[]): Promise<void> {
    for (let start = 0; start < records.length; start += 1_000) {
      const part = records.slice(start, start + 1_000);
      await this.api.post(`/api/v1/workspace/entities/${entity}/records`, { records: part });
    }
  }

  private async job(id: string): Promise<Job> {
    return await patiently(() => this.api.get<Job>(`/api/v1/conversion/jobs/${id}`));
  }

  /** Waits until the job has looked at so many records, or ended. */
  private async reached(id: string, processed: number): Promise<void> {
    for (const deadline = Date.now() + 300_000; Date.now() < deadline; ) {
      const job = await this.job(id);
      if (job.processed >= processed || !isGoing(job)) return;
      await delay(10);
    }
  }

  private async ended(id: string, records: number): Promise<Job> {
    for (const deadline = Date.now() + 120_000 + records * 10; ; ) {
      const job = await this.job(id);
      if (!isGoing(job) || Date.now() > deadline) return job;
      await delay(100);
    }
  }

  /** Whether the audit log tells of the job and of each of its records exactly once. */
  private async compareAudit(jobId: string, records: Record<string, number>): Promise<string[]> {
    const problems: string[] = [];
    for (const [type, should] of Object.entries({ ...records, "job-started": 1, "job-finished": 1 })) {
      const is = await this.audited(jobId, type, should);
      if (is !== should) problems.push(`audit ${type}: ${is} instead of ${should}`);
    }
    return problems;
  }

  /** Audit entries of a type, once there are as many as there should be, or none have come for a while. */
  private async audited(jobId: string, eventType: string, should: number): Promise<number> {
    let last = -1;
    for (let quiet = 0; quiet < 80; ) {
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

const idsUpTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

function isGoing({ state }: { state: string }): boolean {
  return state === "queued" || state === "running";
}

function compareJob(job: Job, expected: Counts & { executor?: string }): string[] {
  const found = job as unknown as Record<string, unknown>;
  return Object.entries({ state: "completed", ...expected }).flatMap(([name, value]) =>
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
