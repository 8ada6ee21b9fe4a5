import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cp, mkdir, readdir, readFile, readlink, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { parseEnv } from "node:util";

const axionRoot = path.resolve(import.meta.dirname, "../../..");
const node = createRequire(import.meta.url).resolve("node/bin/node");

/** A golden project, generated into a folder of its own. */
export class Project {
  readonly name: string;
  readonly dir: string;
  /** The broker that took the place of one that was killed. */
  private broker: { stop(): Promise<void> } | undefined;

  constructor(name: string, dir: string) {
    this.name = name;
    this.dir = dir;
  }

  private get model(): string {
    return path.join(import.meta.dirname, "..", `${this.name}.yaml`);
  }

  /**
   * Generates it, with the code that people would write, which a second generation must leave as it is; the
   * seconds that the first one took.
   */
  async generate(): Promise<number> {
    await rm(this.dir, { recursive: true, force: true });
    await mkdir(this.dir, { recursive: true });
    const axion = [path.join(axionRoot, "node_modules/.bin/axion"), "project", "generate", "--dir", this.dir];
    const began = performance.now();
    await run(node, [...axion, "--model", this.model], axionRoot, 120);
    const seconds = (performance.now() - began) / 1000;
    const code = path.join(import.meta.dirname, "../__tests__/code", this.name.replace(/-.*/, ""));
    await cp(code, this.dir, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    const again = await run(node, [...axion, "--model", this.model], axionRoot, 120);
    if (!again.includes("Nothing changed."))
      throw new Error(`a second generation is not the same:\n${again}`);
    await cp(path.join(this.dir, ".env.example"), path.join(this.dir, ".env"));
    return seconds;
  }

  /** What `.env` says. */
  environment(): NodeJS.ProcessEnv {
    return parseEnv(readFileSync(path.join(this.dir, ".env"), "utf8"));
  }

  /** Runs an npm command in it; its output. Throws where it fails or takes longer. */
  npm(args: string[], seconds: number): Promise<string> {
    return run("npm", args, this.dir, seconds);
  }

  /** Starts its own Postgres. */
  async startPostgres(): Promise<{ url: string; stop(): Promise<void> }> {
    const { startPostgres } = (await import(path.join(this.dir, "scripts/run/postgres.ts"))) as {
      startPostgres(root: string): Promise<{ url: string; stop(): Promise<void> }>;
    };
    return await startPostgres(this.dir);
  }

  /** Ends a running service as a crash would. */
  async kill(service: string): Promise<void> {
    const folder = path.join(this.dir, "services", service);
    const [running] = await findProcesses(({ cwd, args }) => cwd === folder && args.includes("dist/main.js"));
    if (running === undefined) throw new Error(`${service} does not run`);
    process.kill(running.pid, "SIGKILL");
  }

  /**
   * Ends the broker as a crash would and starts it again: the project's own Kafka, or the RabbitMQ that RABBITMQ_NODENAME
   * names. Says whether there was one.
   */
  async restartBroker(): Promise<boolean> {
    const settings = path.join(this.dir, ".data/kafka/server.properties");
    const [kafka] = await findProcesses(({ args }) => args.includes(settings));
    const node = process.env.RABBITMQ_NODENAME;
    if (kafka !== undefined) {
      process.kill(kafka.pid, "SIGKILL");
      const [program, ...args] = kafka.args;
      const child = spawn(program!, args, { cwd: kafka.cwd, stdio: "ignore" });
      this.broker = { stop: () => stopProcess(child) };
    } else if (node !== undefined && process.env.RABBITMQ_URL !== undefined) {
      for (const command of ["stop_app", "start_app"])
        await run("rabbitmqctl", ["--node", node, command], this.dir, 120);
    } else {
      return false;
    }
    return true;
  }

  /**
   * Starts what its development runner would start besides Postgres and what is not given by the environment: Kafka from
   * KAFKA_JARS, and this machine's Redis. Returns the variables that name them.
   */
  async startSurroundings(): Promise<{ env: NodeJS.ProcessEnv; stop(): Promise<void> }> {
    const part = (name: string) => path.join(this.dir, `scripts/run/${name}.ts`);
    const { ProcessLog } = (await import(part("process-log"))) as {
      ProcessLog: new (names: string[]) => object;
    };
    const log = new ProcessLog(["kafka", "redis"]);
    const env: NodeJS.ProcessEnv = {};
    const started: { stop(): Promise<void> }[] = [];
    const jars = process.env.KAFKA_JARS;
    if (jars !== undefined && existsSync(part("kafka"))) {
      const { startKafka } = (await import(part("kafka"))) as {
        startKafka(
          root: string,
          jars: string,
          log: object,
        ): Promise<{ address: string; stop(): Promise<void> }>;
      };
      const kafka = await startKafka(this.dir, jars, log);
      env.KAFKA_BROKERS = kafka.address;
      started.push(kafka);
    }
    if (existsSync(part("redis"))) {
      const { startRedis } = (await import(part("redis"))) as {
        startRedis(root: string, log: object): Promise<{ url: string; stop(): Promise<void> } | undefined>;
      };
      const redis = await startRedis(this.dir, log);
      if (redis) {
        env.REDIS_URL = redis.url;
        started.push(redis);
      }
    }
    return {
      env,
      stop: async () => {
        await this.broker?.stop();
        for (const each of started) await each.stop();
      },
    };
  }

  /** Starts its services, as `npm start` does, with a Postgres of its own. */
  async start(env: NodeJS.ProcessEnv = {}): Promise<{ stop(): Promise<void>; output(): string }> {
    const postgres = await this.startPostgres();
    const child = spawn("npm", ["start"], {
      cwd: this.dir,
      env: { ...process.env, ...env, POSTGRES_URL: postgres.url },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-200_000);
      });
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const stop = async () => {
      if (child.exitCode === null) process.kill(-child.pid!, "SIGTERM");
      await ended;
      await postgres.stop();
    };
    const deadline = Date.now() + 120_000;
    while (!output.includes("all services are ready")) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await stop();
        throw new Error(`the services did not start:\n${output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return { stop, output: () => output };
  }
}

interface FoundProcess {
  pid: number;
  cwd: string;
  args: string[];
}

/** Processes of this machine that answer a description. */
async function findProcesses(is: (each: FoundProcess) => boolean): Promise<FoundProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(
    pids.map(async (pid) => ({
      pid,
      cwd: await readlink(`/proc/${pid}/cwd`).catch(() => ""),
      args: (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0").slice(0, -1),
    })),
  );
  return all.filter(is);
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

/** Runs a program; its output. Throws where it fails or takes longer. */
export function run(
  program: string,
  args: string[],
  cwd: string,
  seconds: number,
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(output);
      else reject(new Error(`${path.basename(program)} ${args.join(" ")} ended with ${code}:\n${output}`));
    });
  });
}
