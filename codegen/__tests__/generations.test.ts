import { eq } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import { codegen } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { db } from "../db.js";
import { unpackArchive } from "../domain/results/archive.js";
import { generations, projectLog } from "../schema.js";
import type { Generation } from "../types.js";

const model = { services: [{ name: "orders", port: 4001 }] };
type Caller = ReturnType<typeof newCaller>;

async function newProject() {
  const authData = newCaller("project:create", "project:generate", "project:deploy");
  const { id: projectId } = await codegen.createProject({ name: "shop", model }, { authData });
  return { authData, projectId };
}

async function generated(authData: Caller, projectId: string): Promise<Generation> {
  const { id: generationId } = await codegen.generateProject({ projectId }, { authData });
  return await vi.waitFor(
    async () => {
      const generation = await codegen.getGeneration({ generationId }, { authData });
      expect(generation.state).toBe("completed");
      return generation;
    },
    { timeout: 30_000, interval: 50 },
  );
}

describe("a generation", { timeout: 60_000 }, () => {
  it("makes files that can be listed, read and downloaded", async () => {
    const { authData, projectId } = await newProject();
    const { id: generationId, files, archiveSha256 } = await generated(authData, projectId);
    const listed = await codegen.listGenerationFiles(
      { generationId, folder: "services/orders", limit: 2 },
      { authData },
    );
    expect(listed.files).toHaveLength(2);
    expect(listed.nextCursor).toBeDefined();
    const file = await codegen.getGenerationFile(
      { generationId, path: "services/orders/package.json" },
      { authData },
    );
    expect(JSON.parse(file.text)).toMatchObject({ name: "@project/orders" });
    const archive = await codegen.readGenerationArchive({ generationId, offset: 0 }, { authData });
    expect(archive.sha256).toBe(archiveSha256);
    const unpacked = await unpackArchive(Buffer.from(archive.base64, "base64"));
    expect(unpacked.size).toBe(files);
    expect(unpacked.get(".axion/model.json")).toBeDefined();
  });

  it("goes on from the one before, and shows what changed", async () => {
    const { authData, projectId } = await newProject();
    const first = await generated(authData, projectId);
    const more = { services: [...model.services, { name: "stock", port: 4002 }] };
    await codegen.replaceProject({ projectId, model: more }, { authData });
    const second = await generated(authData, projectId);
    expect(second).toMatchObject({ modelVersion: 2, previousId: first.id });
    const diff = await codegen.diffGeneration(
      { generationId: second.id, folder: "services/stock", limit: 1 },
      { authData },
    );
    expect(diff).toMatchObject({ from: first.id, files: [{ change: "added" }] });
    expect(diff.nextCursor).toBeDefined();
  });

  it("is one for one key", async () => {
    const { authData, projectId } = await newProject();
    const request = { projectId, idempotencyKey: "once" };
    const [one, other] = await Promise.all([
      codegen.generateProject(request, { authData }),
      codegen.generateProject(request, { authData }),
    ]);
    expect(one!.id).toBe(other!.id);
  });

  it("has the state that its events tell, also when it is folded anew", async () => {
    const { authData, projectId } = await newProject();
    const { id } = await generated(authData, projectId);
    const { tenantId } = authData;
    const read = () =>
      withTenant(db, tenantId, (tx) => tx.select().from(generations).where(eq(generations.id, id)));
    const before = await read();
    const events = await withTenant(db, tenantId, (tx) =>
      tx.select().from(projectLog).orderBy(projectLog.id),
    );
    expect(events.map(({ event }) => event.type)).toEqual([
      "project-created",
      "generation-requested",
      "generation-started",
      "generation-completed",
    ]);
    expect(new Set(events.slice(1).map(({ correlationId }) => correlationId)).size).toBe(1);
    await withTenant(db, tenantId, (tx) => tx.update(generations).set({ state: "failed", files: 0 }));
    expect(await codegen.rebuildProject({ projectId }, { authData })).toEqual({ events: 4 });
    expect(await read()).toEqual(before);
  });

  it("is hidden from other tenants", async () => {
    const { authData, projectId } = await newProject();
    const { id: generationId } = await generated(authData, projectId);
    const other = { authData: newCaller("project:generate", "schema:read") };
    const answers = await Promise.allSettled([
      codegen.getGeneration({ generationId }, other),
      codegen.cancelGeneration({ generationId }, other),
      codegen.listGenerationFiles({ generationId }, other),
      codegen.getGenerationFile({ generationId, path: "package.json" }, other),
      codegen.readGenerationArchive({ generationId, offset: 0 }, other),
      codegen.diffGeneration({ generationId }, other),
      codegen.listGenerations({ projectId }, other),
    ]);
    for (const answer of answers) expect(answer).toMatchObject({ reason: { code: "not_found" } });
    expect((await codegen.listGenerations({}, other)).generations).toEqual([]);
  });

  it("becomes a bundle that can be downloaded, by its own tenant alone", async () => {
    const { authData, projectId } = await newProject();
    await generated(authData, projectId);
    const request = { projectId, driver: "bundle" as const };
    const { id: deploymentId } = await codegen.startDeployment(request, { authData });
    await vi.waitFor(
      async () => {
        const { state } = await codegen.getDeployment({ deploymentId }, { authData });
        expect(state).toBe("completed");
      },
      { timeout: 30_000, interval: 50 },
    );
    const { base64 } = await codegen.readDeploymentBundle({ deploymentId, offset: 0 }, { authData });
    const files = await unpackArchive(Buffer.from(base64, "base64"));
    expect(files.has("docker-compose.yml")).toBe(true);
    expect([...files.keys()].some((path) => path.startsWith(".axion/"))).toBe(false);
    const other = { authData: newCaller("project:deploy") };
    const answers = await Promise.allSettled([
      codegen.getDeployment({ deploymentId }, other),
      codegen.stopDeployment({ deploymentId }, other),
      codegen.restartDeployment({ deploymentId }, other),
      codegen.readDeploymentLog({ deploymentId, source: "build" }, other),
      codegen.readDeploymentMetrics({ deploymentId, service: "orders" }, other),
      codegen.readDeploymentBundle({ deploymentId, offset: 0 }, other),
    ]);
    for (const answer of answers) expect(answer).toMatchObject({ reason: { code: "not_found" } });
  });
});
