import { describe, expect, it, vi } from "vitest";
import { codegen } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import type { JsonValue } from "../../shared/json.js";
import { db } from "../db.js";
import { outbox } from "../schema.js";

const model = { services: [{ name: "orders", port: 4001 }] };

describe("projects", () => {
  it("keep their model with its defaults, and are listed without it", async () => {
    const authData = newCaller("project:create");
    const project = await codegen.createProject({ name: "shop", model }, { authData });
    expect(project).toMatchObject({
      name: "shop",
      modelVersion: 1,
      createdBy: authData.userID,
      model: { services: [{ name: "orders", port: 4001, runtime: "node", framework: "hono" }] },
    });
    expect(await codegen.getProject({ projectId: project.id }, { authData })).toEqual(project);
    const { model: _, ...summary } = project;
    expect(await codegen.listProjects({}, { authData })).toEqual({ projects: [summary] });
  });

  it("need a name of their own in the tenant, and not elsewhere", async () => {
    const authData = newCaller("project:create");
    await codegen.createProject({ name: "shop", model }, { authData });
    const again = codegen.createProject({ name: "shop", model }, { authData });
    await expect(again).rejects.toMatchObject({ code: "already_exists" });
    await codegen.createProject({ name: "shop", model }, { authData: newCaller("project:create") });
  });

  it("refuse a model with problems, all of them in the details", async () => {
    const orders = { name: "orders", port: 4001, dependsOn: ["stock"] };
    const broken = { services: [orders, { ...orders, dependsOn: [] }] };
    const creating = codegen.createProject(
      { name: "shop", model: broken },
      { authData: newCaller("project:create") },
    );
    await expect(creating).rejects.toMatchObject({
      code: "invalid_argument",
      details: {
        reason: "invalid_project_model",
        problems: [
          { path: "model.services[0].dependsOn[0]" },
          { path: "model.services[1].name" },
          { path: "model.services[1].port" },
        ],
      },
    });
  });

  it("of one tenant do not exist for another", async () => {
    const owner = newCaller("project:create");
    const { id: projectId } = await codegen.createProject({ name: "shop", model }, { authData: owner });
    const authData = newCaller("project:create");
    for (const id of [projectId, "shop"]) {
      await expect(codegen.getProject({ projectId: id }, { authData })).rejects.toMatchObject({
        code: "not_found",
      });
    }
    expect(await codegen.listProjects({}, { authData })).toEqual({ projects: [] });
  });

  it("are told of on project-events: the outbox is emptied", { timeout: 15_000 }, async () => {
    await codegen.createProject({ name: "shop", model }, { authData: newCaller("project:create") });
    await vi.waitFor(async () => expect(await db.$count(outbox)).toBe(0), { timeout: 10_000, interval: 25 });
  });

  it("show who calls whom, and are hidden from other tenants", async () => {
    const authData = newCaller("project:create");
    const services: JsonValue = [
      {
        name: "orders",
        port: 4001,
        dependsOn: ["stock"],
        publishes: [{ name: "placed", fields: [{ name: "id", type: "uuid" }] }],
      },
      { name: "stock", port: 4002, consumes: ["placed"] },
    ];
    const { id: projectId } = await codegen.createProject(
      { name: "shop", model: { services } },
      { authData },
    );
    const graph = await codegen.getProjectGraph({ projectId }, { authData });
    expect(graph.nodes.map(({ id }) => id)).toEqual(["service:orders", "service:stock", "event:placed"]);
    expect(graph.edges).toEqual([
      { from: "service:orders", to: "service:stock", kind: "calls" },
      { from: "service:orders", to: "event:placed", kind: "publishes" },
      { from: "event:placed", to: "service:stock", kind: "consumes" },
    ]);
    expect(graph.mermaid).toMatch(/^flowchart LR/);
    const other = codegen.getProjectGraph({ projectId }, { authData: newCaller("project:create") });
    await expect(other).rejects.toMatchObject({ code: "not_found" });
  });

  it("can be checked before they are saved", async () => {
    const authData = newCaller("project:create");
    expect(await codegen.checkProjectModel({ model }, { authData })).toEqual({ valid: true, problems: [] });
    const checked = await codegen.checkProjectModel(
      { model: { services: [{ name: "orders", port: 4001, consumes: ["placed"] }] } },
      { authData },
    );
    expect(checked).toMatchObject({
      valid: false,
      problems: [{ code: "unknown_event", path: "model.services[0].consumes[0]", severity: "error" }],
    });
    expect(await codegen.listProjects({}, { authData })).toEqual({ projects: [] });
  });
});
