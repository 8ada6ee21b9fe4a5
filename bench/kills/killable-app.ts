import { join } from "node:path";
import type postgres from "postgres";
import { freePort, launch, type Running, untilReady } from "../lib/process.ts";
import { adminOf, killPostmaster } from "./postmaster.ts";

/** A started copy of the app whose process, and whose Postgres, can be killed. */
export class KillableApp {
  url = "";
  private running: Running | undefined;
  private port = 0;

  private readonly root: string;
  private readonly appDir: string;

  constructor(root: string, appDir: string) {
    this.root = root;
    this.appDir = appDir;
  }

  async start(): Promise<void> {
    this.port ||= await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    const bin = join(this.root, "node_modules/.bin/axion");
    this.running = launch(bin, ["start", "--app", this.appDir, "--port", String(this.port)], {
      cwd: this.appDir,
      env: { AXION_ALLOWED_NETWORKS: "127.0.0.0/8" },
    });
    await untilReady(`${this.url}/__encore/healthz`, this.running, 120);
  }

  async stop(): Promise<void> {
    await this.running?.stop();
  }

  /** The last that the app's process said. */
  lastWords(): string {
    return this.running?.output().slice(-4_000) ?? "";
  }

  /** Ends the app's process as a crash would, and starts it again. */
  async killWorker(): Promise<void> {
    const child = this.running?.child;
    if (child?.exitCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    }
    await this.start();
  }

  /** Ends the server of Postgres as a crash would. The app's host boots it again. */
  async killPostgres(): Promise<void> {
    await killPostmaster(await this.adminUrl());
  }

  /** A connection as superuser. */
  async admin(): Promise<postgres.Sql> {
    return adminOf(await this.adminUrl());
  }

  async adminUrl(): Promise<string> {
    const { readState, serverPaths } = await import("../../embedded/src/providers/postgres/server-state.ts");
    const state = readState(serverPaths(this.appDir));
    if (!state) throw new Error("the app has no Postgres of its own");
    return `postgresql://postgres:${encodeURIComponent(state.password)}@127.0.0.1:${state.port}/postgres`;
  }
}
