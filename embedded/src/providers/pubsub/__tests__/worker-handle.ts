import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import type { WorkerOptions, WorkerReport } from "./worker-process.js";

let bundled: Promise<string> | undefined;

/** The worker as one file that Node can run, in a folder from where it finds its packages. */
function bundle(): Promise<string> {
  bundled ??= (async () => {
    const dist = join(import.meta.dirname, "../../../../dist");
    mkdirSync(dist, { recursive: true });
    const folder = mkdtempSync(join(dist, "test-worker-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    const outfile = join(folder, "worker.mjs");
    await build({
      entryPoints: [join(import.meta.dirname, "worker-process.ts")],
      outfile,
      bundle: true,
      packages: "external",
      platform: "node",
      format: "esm",
      target: "node22.12",
      logLevel: "error",
    });
    return outfile;
  })();
  return bundled;
}

/** A worker in a process of its own, and what it reported so far. */
export class WorkerHandle {
  readonly started: unknown[] = [];
  readonly handled: { value: unknown; attempt: number }[] = [];
  stopped = false;

  private constructor(private readonly child: ChildProcess) {
    child.on("message", (report: WorkerReport) => {
      if ("started" in report) this.started.push(report.started);
      if ("handled" in report) this.handled.push({ value: report.handled, attempt: report.attempt });
      if ("stopped" in report) this.stopped = true;
    });
  }

  static async start(options: WorkerOptions): Promise<WorkerHandle> {
    const child = fork(await bundle(), [JSON.stringify(options)]);
    const handle = new WorkerHandle(child);
    await once(child, "message");
    return handle;
  }

  /** Sends the signal and waits for the process to end. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, "exit");
    this.child.kill(signal);
    await exited;
  }
}
