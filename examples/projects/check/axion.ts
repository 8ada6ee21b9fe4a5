import { glob, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { copyApp } from "../../../bench/lib/copy-app.ts";
import { freePort, launch, type Running, untilReady } from "../../../bench/lib/process.ts";

const root = path.resolve(import.meta.dirname, "../../..");

/** A copy of Axion that nobody has started yet, and whose process can be killed. */
export class AxionCopy {
  private readonly dir: string;
  private port = 0;
  private running: Running | undefined;

  constructor(dir: string) {
    this.dir = dir;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Copies the app and starts it. */
  async make(): Promise<void> {
    await copyApp(root, ".", this.dir);
    this.port = await freePort();
    await this.start();
  }

  /** Starts it, and waits until it answers. */
  async start(): Promise<void> {
    const axion = path.join(root, "node_modules/.bin/axion");
    this.running = launch(axion, ["start", "--port", String(this.port)], { cwd: this.dir });
    await untilReady(`${this.url}/__encore/healthz`, this.running, 180);
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const { child } = this.running!;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  /** What it printed last, but for its requests. */
  output(): string {
    const lines = this.running?.output().split("\n") ?? [];
    return lines
      .filter((line) => !line.includes('"level":"info"'))
      .slice(-30)
      .join("\n");
  }

  /** Processes of services that it deployed. */
  async processesOf(service: string): Promise<number[]> {
    const deployments = path.join(this.dir, ".axion/deployments");
    const marks = [`AXION_DEPLOYMENTS=${deployments}`, `AXION_SERVICE=${service}`];
    const found: number[] = [];
    for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      if (marks.every((mark) => environment.split("\0").includes(mark))) found.push(Number(pid));
    }
    return found;
  }

  /** Waits until the services of a deployment are built, and makes one of them end at its start. */
  async breakBuild(deploymentId: string, service: string): Promise<void> {
    const deployments = path.join(this.dir, ".axion/deployments");
    const built = `${deploymentId}/installed`;
    for (const deadline = Date.now() + 600_000; Date.now() < deadline; ) {
      for await (const found of glob(`*/*/${built}`, { cwd: deployments })) {
        const main = path.join(deployments, path.dirname(found), "app/services", service, "dist/main.js");
        return await writeFile(main, 'throw new Error("made to end");\n');
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`the deployment ${deploymentId} was not built`);
  }

  /** Ends it and the Postgres of its deployments. */
  async stop(): Promise<void> {
    await this.running?.stop();
    const pidFile = path.join(this.dir, ".axion/deployments/postgres/data/postmaster.pid");
    const pid = Number((await readFile(pidFile, "utf8").catch(() => "")).split("\n")[0]);
    if (pid > 0) process.kill(pid, "SIGINT");
    for (const deadline = Date.now() + 20_000; pid > 0 && Date.now() < deadline; ) {
      if ((await readFile(pidFile).catch(() => undefined)) === undefined) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Removes all of it. */
  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }
}
