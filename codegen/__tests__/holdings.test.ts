import { randomUUID } from "node:crypto";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { and, eq } from "drizzle-orm";
import postgres from "postgres";
import { afterAll, describe, expect, it, vi } from "vitest";
import { codegen } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import { newEvent } from "../../shared/events/envelope.js";
import { db } from "../db.js";
import type { LocalSettings } from "../deployment-settings.js";
import { removeTenant } from "../domain/local/clean-up.js";
import { ensureDatabase, serverDatabase, serverUrl } from "../domain/local/databases.js";
import { deploymentFolder } from "../domain/local/folders.js";
import { findProcesses, startService } from "../domain/local/processes.js";
import { purgeTenant } from "../domain/purge-tenant.js";
import { readArchive, removeArchives } from "../result-files.js";
import { workQueue } from "../schema.js";
import { tenantTables } from "../tenant-tables.js";

type Caller = ReturnType<typeof newCaller>;

const settled = { timeout: 60_000, interval: 50 };
const model = { services: [{ name: "orders", port: 4001 }] };
const folder = await mkdtemp(path.join(tmpdir(), "axion-holdings-"));
const settings: LocalSettings = { enabled: true, folder };

afterAll(async () => {
  const sql = postgres(await serverUrl(settings), { max: 1, onnotice: () => {} });
  const [row] = await sql<{ pid: number }[]>`
    select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int as pid`;
  await sql.end({ timeout: 5 });
  process.kill(row!.pid, "SIGQUIT");
  await vi.waitFor(() => expect(() => process.kill(row!.pid, 0)).toThrow(), settled);
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

async function newProject(services: object[] = model.services) {
  const authData = newCaller("project:create", "project:generate", "project:deploy");
  const request = { name: "shop", model: { services: services as never } };
  const { id: projectId } = await codegen.createProject(request, { authData });
  return { authData, projectId };
}

async function generated(authData: Caller, projectId: string): Promise<string> {
  const { id: generationId } = await codegen.generateProject({ projectId }, { authData });
  await inState(authData, generationId, "completed");
  return generationId;
}

async function inState(authData: Caller, generationId: string, state: string): Promise<void> {
  await vi.waitFor(
    async () => expect(await codegen.getGeneration({ generationId }, { authData })).toMatchObject({ state }),
    settled,
  );
}

describe("the end of a tenant", { timeout: 120_000 }, () => {
  it("ends its processes and removes databases, files, archives and rows, and those of no one else", async () => {
    const tenants = await Promise.all(
      [1, 2].map(async () => {
        const { authData, projectId } = await newProject();
        const { tenantId } = authData;
        const id = await generated(authData, projectId);
        const owner = { tenantId, projectId, deploymentId: randomUUID() };
        const cwd = deploymentFolder(folder, owner);
        await startService({
          root: folder,
          deploymentId: owner.deploymentId,
          service: "orders",
          program: process.execPath,
          args: ["-e", "setInterval(() => {}, 1000)"],
          cwd: tmpdir(),
          env: { PATH: process.env.PATH },
          logFile: path.join(cwd, "orders.log"),
        });
        const database = serverDatabase(projectId, "orders");
        await ensureDatabase(settings, { name: database, password: "a password of a test" });
        return { authData, tenantId, projectId, id, cwd, database, deploymentId: owner.deploymentId };
      }),
    );
    const [leaving, staying] = tenants as [(typeof tenants)[0], (typeof tenants)[0]];
    const holdings = {
      tables: tenantTables,
      removeArchives,
      removeDeployments: (tenantId: string) => removeTenant(db, settings, tenantId),
    };
    const { tenantId } = leaving;
    const request = newEvent({ type: "tenant-purge-requested" as const }, { tenantId, userId: "system" });
    await purgeTenant(db, holdings, request);
    await purgeTenant(db, holdings, request);

    const ids = (await findProcesses(folder)).map(({ deploymentId }) => deploymentId);
    expect(ids).toEqual([staying.deploymentId]);
    const sql = postgres(await serverUrl(settings), { max: 1, onnotice: () => {} });
    const databases = await sql<
      { datname: string }[]
    >`select datname from pg_database where datname like 'axd%'`;
    const roles = await sql<{ rolname: string }[]>`select rolname from pg_roles where rolname like 'axd%'`;
    await sql.end({ timeout: 5 });
    expect(databases.map(({ datname }) => datname)).toEqual([staying.database]);
    expect(roles.map(({ rolname }) => rolname)).toEqual([staying.database]);
    await expect(access(path.dirname(path.dirname(leaving.cwd)))).rejects.toThrow("ENOENT");
    await expect(readArchive(leaving)).rejects.toThrow();
    expect((await readArchive(staying)).length).toBeGreaterThan(0);
    expect(await codegen.listProjects({}, { authData: leaving.authData })).toEqual({ projects: [] });
    expect((await codegen.listProjects({}, { authData: staying.authData })).projects).toHaveLength(1);
    expect(await db.$count(workQueue, eq(workQueue.tenantId, tenantId))).toBe(0);
    await removeTenant(db, settings, staying.tenantId);
  });
});

describe("results", { timeout: 120_000 }, () => {
  it("are removed when they are old, but for the newest of a project", async () => {
    const { authData, projectId } = await newProject();
    const old = await generated(authData, projectId);
    const newest = await generated(authData, projectId);
    const due = new Date(Date.now() - 1_000);
    const expiry = and(eq(workQueue.projectId, projectId), eq(workQueue.kind, "expiry"));
    expect(await db.$count(workQueue, expiry)).toBe(2);
    await db.update(workQueue).set({ leaseEndsAt: due }).where(expiry);
    await inState(authData, old, "expired");
    await vi.waitFor(async () => {
      const [left] = await db.select().from(workQueue).where(expiry);
      expect(left!.id).toBe(newest);
      expect(left!.leaseEndsAt!.getTime()).toBeGreaterThan(Date.now() + 80_000_000);
    }, settled);
    const reading = (generationId: string) =>
      codegen.getGenerationFile({ generationId, path: "package.json" }, { authData });
    await expect(reading(old)).rejects.toMatchObject({ details: { reason: "generation_expired" } });
    expect((await reading(newest)).path).toBe("package.json");
    await expect(readArchive({ tenantId: authData.tenantId, projectId, id: old })).rejects.toThrow();
    const deploying = codegen.startDeployment(
      { projectId, generationId: old, driver: "bundle" },
      { authData },
    );
    await expect(deploying).rejects.toMatchObject({ details: { reason: "generation_expired" } });
  });
});

describe("a generation that is cancelled", { timeout: 120_000 }, () => {
  it("ends before it is done, leaves nothing, and does not hold up the next one", async () => {
    const fields = [{ name: "title", type: "string" }];
    const services = Array.from({ length: 150 }, (_, index) => ({
      name: `service-${index}`,
      port: 4_000 + index,
      entities: [{ name: "Thing", fields }],
    }));
    const { authData, projectId } = await newProject(services);
    const { id: generationId } = await codegen.generateProject({ projectId }, { authData });
    await inState(authData, generationId, "running");
    await codegen.cancelGeneration({ generationId }, { authData });
    await inState(authData, generationId, "cancelled");
    await expect(readArchive({ tenantId: authData.tenantId, projectId, id: generationId })).rejects.toThrow();
    const again = codegen.cancelGeneration({ generationId }, { authData });
    await expect(again).rejects.toMatchObject({ details: { reason: "generation_ended" } });
    await codegen.replaceProject({ projectId, model: model as never, acceptBreaking: true }, { authData });
    await generated(authData, projectId);
  });
});
