import { describe, expect, it } from "vitest";
import { codegen } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import type { JsonValue } from "../../shared/json.js";

const operation = { name: "placeOrder", input: [{ name: "total", type: "decimal" }] };
const orders = { name: "orders", port: 4001, operations: [operation] };
const model = { services: [orders] };
const without: JsonValue = { services: [{ name: "orders", port: 4001 }] };

async function newProject() {
  const authData = newCaller("project:create");
  const { id: projectId } = await codegen.createProject({ name: "shop", model }, { authData });
  return { authData, projectId };
}

describe("versions of a project", { timeout: 60_000 }, () => {
  it("are made by another model, and not by the same one or another name", async () => {
    const { authData, projectId } = await newProject();
    const more: JsonValue = { services: [orders, { name: "stock", port: 4002 }] };
    expect(await codegen.replaceProject({ projectId, model: more }, { authData })).toMatchObject({
      modelVersion: 2,
      revision: 2,
    });
    expect(await codegen.replaceProject({ projectId, model: more }, { authData })).toMatchObject({
      modelVersion: 2,
      revision: 2,
    });
    expect(await codegen.changeProject({ projectId, name: "store" }, { authData })).toMatchObject({
      name: "store",
      modelVersion: 2,
      revision: 3,
    });
    const { versions, nextCursor } = await codegen.listProjectVersions({ projectId, limit: 1 }, { authData });
    expect(versions.map(({ version }) => version)).toEqual([2]);
    const rest = await codegen.listProjectVersions({ projectId, cursor: nextCursor }, { authData });
    expect(rest.versions.map(({ version }) => version)).toEqual([1]);
    const sorted = async (sort: string) =>
      (await codegen.listProjectVersions({ projectId, sort }, { authData })).versions;
    expect((await sorted("version")).map(({ version }) => version)).toEqual([1, 2]);
    await expect(sorted("createdAt")).rejects.toMatchObject({
      code: "invalid_argument",
      message: "sort: expected one of version, -version.",
    });
    const first = await codegen.getProjectVersion({ projectId, version: 1 }, { authData });
    expect(first.model).toMatchObject({ services: [{ name: "orders" }] });
  });

  it("break callers only where that is accepted", async () => {
    const { authData, projectId } = await newProject();
    await expect(codegen.replaceProject({ projectId, model: without }, { authData })).rejects.toMatchObject({
      code: "failed_precondition",
      details: { reason: "breaking_changes", breakingChanges: [{ code: "operation_removed" }] },
    });
    await codegen.replaceProject({ projectId, model: without, acceptBreaking: true }, { authData });
    const { versions } = await codegen.listProjectVersions({ projectId }, { authData });
    expect(versions[0]).toMatchObject({ breakingChanges: [{ subject: "orders.placeOrder" }] });
    const diff = await codegen.diffProjectVersions({ projectId, from: 1 }, { authData });
    expect(diff).toMatchObject({
      from: 1,
      to: 2,
      changed: 1,
      breakingChanges: [{ code: "operation_removed" }],
    });
    expect(diff.files[0]!.diff).toContain("-      - name: placeOrder");
  });

  it("take a model as YAML, and tell where a text is none", async () => {
    const { authData, projectId } = await newProject();
    const modelText = "services:\n  - name: orders\n    port: 4001\n  - name: mail\n    port: 4002\n";
    const changed = { projectId, modelText, acceptBreaking: true };
    expect(await codegen.replaceProject(changed, { authData })).toMatchObject({
      model: { services: [{ name: "orders" }, { name: "mail" }] },
    });
    const broken = { projectId, modelText: "services:\n  - name: [a\n" };
    await expect(codegen.replaceProject(broken, { authData })).rejects.toMatchObject({
      code: "invalid_argument",
      details: { reason: "invalid_model_text" },
    });
    const bomb = `a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [${"*a,".repeat(9)}*a]\nc: &c [${"*b,".repeat(9)}*b]\nservices: [*c,*c]\n`;
    await expect(codegen.replaceProject({ projectId, modelText: bomb }, { authData })).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  it("are refused on another revision than expected, and for an archived project", async () => {
    const { authData, projectId } = await newProject();
    const stale = codegen.changeProject({ projectId, name: "a", expectedRevision: 7 }, { authData });
    await expect(stale).rejects.toMatchObject({ code: "aborted", details: { reason: "revision_changed" } });
    await codegen.archiveProject({ projectId }, { authData });
    await expect(codegen.changeProject({ projectId, name: "a" }, { authData })).rejects.toMatchObject({
      details: { reason: "project_archived" },
    });
    expect((await codegen.listProjects({}, { authData })).projects).toEqual([]);
    expect((await codegen.listProjects({ state: "archived" }, { authData })).projects).toHaveLength(1);
    await codegen.restoreProject({ projectId }, { authData });
    await codegen.deleteProject({ projectId }, { authData });
    await expect(codegen.getProject({ projectId }, { authData })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it("are hidden from other tenants", async () => {
    const { projectId } = await newProject();
    const authData = newCaller("project:create", "project:generate", "project:deploy");
    const other = { authData };
    const answers = await Promise.allSettled([
      codegen.replaceProject({ projectId, model }, other),
      codegen.changeProject({ projectId, name: "mine" }, other),
      codegen.archiveProject({ projectId }, other),
      codegen.deleteProject({ projectId }, other),
      codegen.listProjectVersions({ projectId }, other),
      codegen.getProjectVersion({ projectId, version: 1 }, other),
      codegen.diffProjectVersions({ projectId, from: 1 }, other),
      codegen.generateProject({ projectId }, other),
      codegen.startDeployment({ projectId, driver: "bundle" }, other),
      codegen.rebuildProject({ projectId }, other),
    ]);
    for (const answer of answers) expect(answer).toMatchObject({ reason: { code: "not_found" } });
  });
});
