import { existsSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { urlVariable } from "../docker/containers.ts";
import type { DockerConfig, ServiceConfig } from "../docker/service-config.ts";
import { type Command, type RunningProcess, runProcess, startProcess } from "./child-process.ts";
import type { ProcessLog } from "./process-log.ts";

/** Longest wait for a service to answer after its start. */
const READY_MS = 30_000;

/** Where services find what they need on this machine. */
export interface Surroundings {
  /** Address of a service's database. */
  databaseUrl?(database: string): string;
  environment: NodeJS.ProcessEnv;
}

/** The services of the project as processes of this machine. */
export class ServiceProcesses {
  readonly #root: string;
  readonly #config: DockerConfig;
  readonly #surroundings: Surroundings;
  readonly #log: ProcessLog;
  readonly #running = new Map<string, RunningProcess>();
  #stopped = false;

  constructor(root: string, config: DockerConfig, surroundings: Surroundings, log: ProcessLog) {
    this.#root = root;
    this.#config = config;
    this.#surroundings = surroundings;
    this.#log = log;
  }

  /** Brings the service's database up to its migrations, starts it, and waits until it is ready. */
  async start(service: ServiceConfig): Promise<void> {
    if (this.#stopped) return;
    const main = this.#command(service, "main.js");
    if (!existsSync(path.join(main.folder, "dist/main.js")))
      throw new Error(`${service.serviceName} is not built: npm run build`);
    if (existsSync(path.join(main.folder, "dist/migrate.js")))
      await runProcess(this.#root, this.#command(service, "migrate.js"), this.#log);
    const running = startProcess(this.#root, main, this.#log);
    this.#running.set(service.serviceName, running);
    await this.#ready(service, running);
  }

  /** Resolves with how the service ended, by itself or when it was stopped. */
  async ended({ serviceName }: ServiceConfig): Promise<number> {
    return (await this.#running.get(serviceName)?.ended) ?? 0;
  }

  async stop({ serviceName }: ServiceConfig): Promise<void> {
    const running = this.#running.get(serviceName);
    this.#running.delete(serviceName);
    await running?.stop();
  }

  isRunning({ serviceName }: ServiceConfig): boolean {
    return this.#running.has(serviceName);
  }

  /** Stops them all, for good. */
  async stopAll(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#config.services.map((service) => this.stop(service)));
  }

  async #ready(
    { serviceName, port, healthCheckPath }: ServiceConfig,
    running: RunningProcess,
  ): Promise<void> {
    let code: number | undefined;
    void running.ended.then((ended) => {
      code = ended;
    });
    const deadline = Date.now() + READY_MS;
    while (Date.now() < deadline) {
      if (code !== undefined) throw new Error(`${serviceName} ended with ${code}`);
      try {
        const signal = AbortSignal.timeout(2_000);
        if ((await fetch(`http://127.0.0.1:${port}${healthCheckPath}`, { signal })).ok) return;
      } catch {
        // It does not listen yet.
      }
      await delay(50);
    }
    throw new Error(`${serviceName} was not ready after ${READY_MS / 1000} seconds`);
  }

  #command(service: ServiceConfig, file: string): Command {
    const { serviceName, runtime, port, database, calls = [] } = service;
    const { databaseUrl, environment } = this.#surroundings;
    const called = this.#config.services.filter((other) => calls.includes(other.serviceName));
    const addresses = called.map((other) => [
      urlVariable(other.serviceName),
      `http://127.0.0.1:${other.port}`,
    ]);
    return {
      name: serviceName,
      program: runtime ?? "node",
      arguments: [...(runtime === "bun" ? [] : ["--enable-source-maps"]), `dist/${file}`],
      folder: path.join(this.#root, "services", serviceName),
      environment: {
        ...environment,
        ...(database === undefined || databaseUrl === undefined
          ? {}
          : { DATABASE_URL: databaseUrl(database) }),
        ...Object.fromEntries(addresses),
        PORT: String(port),
      },
    };
  }
}
