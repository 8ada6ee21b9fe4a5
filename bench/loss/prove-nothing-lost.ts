import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { copyApp } from "../lib/copy-app.ts";
import { freePort, launch, type Running, untilReady } from "../lib/process.ts";
import { Database } from "./database.ts";
import { type Effects, effectsOf, wrongOf } from "./effects.ts";
import { eventLoad, publish } from "./event-load.ts";

export interface LossOptions {
  conversions: number;
  /** How often a process is killed. */
  kills: number;
  /** Seconds between kills: a random time around it. */
  everySeconds: number;
  /** Makes the same random choices again. */
  seed: number;
  /** Infra config of the application. */
  config?: string;
  /** The broker that the application is to use and that is killed as well; the queue in Postgres by default. */
  broker?: LossBroker;
  /** Seconds to wait at most after the last kill. */
  patienceSeconds: number;
  log: (line: string) => void;
}

/** A message broker that can be killed and started again on its data. */
export interface LossBroker {
  /** What the infra config says of it. */
  pubsub: object;
  kill(): Promise<void>;
  resume(): Promise<void>;
}

export interface LossReport {
  effects: Effects;
  /** What is not as it must be; nothing is lost or doubled where it is empty. */
  wrong: string[];
  kills: Record<string, number>;
  seconds: number;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const instances = 2;

/**
 * Runs the application in two processes, gives it the events of many conversions, and kills its processes and Postgres at
 * random (SIGKILL) while they are handled. Then counts: every audit entry, notification and row of the timeline must be
 * there once.
 */
export async function proveNothingLost(options: LossOptions): Promise<LossReport> {
  const began = performance.now();
  const scratch = await mkdtemp(join(tmpdir(), "axion-loss-"));
  const world = new World(scratch, options);
  try {
    await copyApp(root, ".", scratch);
    if (options.broker !== undefined) await world.configure(options.broker);
    await world.start();
    const report = await world.run();
    return { ...report, seconds: Math.round((performance.now() - began) / 1000) };
  } finally {
    await world.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

class World {
  private readonly running: Running[] = [];
  private readonly ports: number[] = [];
  private readonly kills: Record<string, number> = {};
  private readonly random: () => number;
  private readonly open: Database[] = [];
  private state!: ServerState;
  private server!: Database;

  private readonly appDir: string;
  private readonly options: LossOptions;

  constructor(appDir: string, options: LossOptions) {
    this.appDir = appDir;
    this.options = options;
    this.random = seeded(options.seed);
  }

  private get configFile(): string {
    return join(this.appDir, "infra-config.json");
  }

  /** Has the application use the broker. */
  async configure({ pubsub }: LossBroker): Promise<void> {
    // With an infra config the host is one in production, unless it says otherwise: keys would have to be given.
    const metadata = { env_type: "development", cloud: "local" };
    await writeFile(this.configFile, JSON.stringify({ metadata, pubsub: [pubsub] }));
  }

  async start(): Promise<void> {
    for (let at = 0; at < instances; at++) {
      this.ports.push(await freePort());
      this.launch(at);
      await untilReady(this.healthUrl(at), this.running[at]!, 180);
    }
    const file = join(this.appDir, ".axion/postgres/server.json");
    this.state = JSON.parse(await readFile(file, "utf8")) as ServerState;
  }

  private database(name: string): Database {
    const { password, port } = this.state;
    const database = new Database(
      `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${name}`,
    );
    this.open.push(database);
    return database;
  }

  async run(): Promise<Omit<LossReport, "seconds">> {
    const { options } = this;
    const load = eventLoad(options.conversions, options.seed);
    this.server = this.database("postgres");
    const producer = this.database("data_processing");
    await producer.ask((sql) => sql`create table if not exists loss_marks (at int primary key)`);
    const found = { audit: this.database("audit_logs"), events: this.database("event_management") };
    let killing = true;
    const killer = this.killAtRandom().finally(() => {
      killing = false;
    });
    for (let at = 0; at < load.transactions.length; at++) {
      await producer.ask((sql) => publish(sql, load, at));
    }
    options.log(`published ${load.transactions.length} events`);
    await killer;
    options.log(`killed ${JSON.stringify(this.kills)}; waiting for the effects`);
    const effects = await this.settled(() => effectsOf(found, load));
    if (killing) throw new Error("the killer goes on");
    return { effects, wrong: wrongOf(effects), kills: this.kills };
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.open.map((database) => database.close()));
    await Promise.allSettled(this.running.map((instance) => instance.stop()));
  }

  /** Looks until all is there, and then once more: what comes too often may come later. */
  private async settled(look: () => Promise<Effects>): Promise<Effects> {
    const deadline = Date.now() + this.options.patienceSeconds * 1000;
    while (wrongOf(await look()).length > 0 && Date.now() < deadline) await wait(500);
    await wait(3_000);
    return await look();
  }

  private async killAtRandom(): Promise<void> {
    const { kills, everySeconds } = this.options;
    for (let at = 0; at < kills; at++) {
      await wait(everySeconds * 1000 * (0.5 + this.random()));
      const choice = this.random();
      const { broker } = this.options;
      // The second of all, so that a short run has it too, and every fourth.
      if (broker !== undefined && (at === 1 || this.random() < 0.25)) await this.killBroker(broker);
      else if (choice < 0.6) await this.killInstance(Math.floor(this.random() * instances));
      else if (choice < 0.8) await this.killPostgres("postmaster");
      else await this.killPostgres("backend");
    }
    for (let at = 0; at < instances; at++) await untilReady(this.healthUrl(at), this.running[at]!, 180);
  }

  private async killInstance(at: number): Promise<void> {
    this.count("application");
    const { child } = this.running[at]!;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await ended;
    }
    this.launch(at);
  }

  /** The server as a whole, or one of its processes, after which it starts all of them anew. */
  private async killPostgres(what: "postmaster" | "backend"): Promise<void> {
    try {
      const [row] = await this.server.once(
        (sql) => sql<{ dir: string; pid: number }[]>`
          select current_setting('data_directory') as dir, pid from pg_stat_activity
          where backend_type = 'client backend' and pid <> pg_backend_pid() order by random() limit 1`,
      );
      const file = await readFile(join(row!.dir, "postmaster.pid"), "utf8");
      process.kill(what === "backend" ? row!.pid : Number(file.split("\n")[0]), "SIGKILL");
      this.count(what);
    } catch (error) {
      await this.server.close();
      this.options.log(`Postgres is down already: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private async killBroker(broker: LossBroker): Promise<void> {
    this.count("broker");
    await broker.kill();
    await broker.resume();
  }

  private launch(at: number): void {
    const axion = join(root, "node_modules/.bin/axion");
    const config = this.options.broker === undefined ? this.options.config : this.configFile;
    const args = ["start", "--app", this.appDir, "--port", String(this.ports[at])];
    if (config !== undefined) args.push("--config", resolve(config));
    this.running[at] = launch(axion, args, { cwd: this.appDir, env: { AXION_LOG: "warn" } });
  }

  private healthUrl(at: number): string {
    return `http://127.0.0.1:${this.ports[at]}/api/v1/health`;
  }

  private count(what: string): void {
    this.kills[what] = (this.kills[what] ?? 0) + 1;
  }
}

interface ServerState {
  port: number;
  password: string;
}

/** Random numbers from 0 to 1 that follow from the seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
