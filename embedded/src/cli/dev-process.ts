import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { hostDir } from "./host-files.js";

/** Longer than an app takes that shuts down in order; then it is killed. */
const STOP_TIMEOUT_MS = 15_000;

/** The process that runs the app under `axion dev`. */
export class DevProcess {
  private child: ChildProcess | undefined;

  constructor(private readonly startArguments: string[]) {}

  get isRunning(): boolean {
    return this.child !== undefined;
  }

  /** Ends the version that runs, and starts the one that is on disk. */
  async restart(): Promise<void> {
    await this.stop();
    const launcher = path.join(hostDir(), "..", "bin", "axion.mjs");
    // A group of its own: Ctrl-C reaches this process alone, which then ends the app in order.
    // The pipe closes when this process is killed, and the app ends with it.
    const child = spawn(process.execPath, [launcher, "start", ...this.startArguments], {
      stdio: ["ignore", "inherit", "inherit", "pipe"],
      detached: true,
      env: { ...process.env, AXION_PARENT_FD: "3" },
    });
    this.child = child;
    child.once("exit", (code, signal) => {
      if (this.child !== child) return;
      this.child = undefined;
      process.stderr.write(`the app ended (${signal ?? `exit code ${code}`}); waiting for a change\n`);
    });
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (!child) return;
    this.child = undefined;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }
}
