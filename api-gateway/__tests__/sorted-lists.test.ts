import { describe, expect, it } from "vitest";
import { api_gateway } from "~encore/clients";
import { allPages } from "../../shared/__tests__/all-pages.js";
import { newCaller } from "../../shared/__tests__/callers.js";

const authData = newCaller("project:create", "schema:read", "source:manage");
const names = ["delta", "alpha", "echo", "bravo", "charlie"];
const rising = [...names].sort();

describe("lists of the public API", () => {
  it("are sorted by the field that is asked for, over pages, and by their own one otherwise", async () => {
    const model = { services: [{ name: "orders", port: 4001 }] };
    for (const name of names) await api_gateway.createProject({ name, model }, { authData });
    const projects = (sort?: string) =>
      allPages(async (page) => {
        const { projects, nextCursor } = await api_gateway.listProjects({ ...page, sort }, { authData });
        return { items: projects.map(({ name }) => name), nextCursor };
      });
    expect(await projects()).toEqual([...names].reverse());
    expect(await projects("createdAt")).toEqual(names);
    expect(await projects("name")).toEqual(rising);
    expect(await projects("-name")).toEqual([...rising].reverse());
  });

  it("refuse a field that they are not sorted by, and a cursor of another order", async () => {
    const refused = api_gateway.listProjects({ sort: "description" }, { authData });
    await expect(refused).rejects.toMatchObject({
      code: "invalid_argument",
      message: "sort: expected one of createdAt, -createdAt, updatedAt, -updatedAt, name, -name.",
    });
    const { nextCursor: cursor } = await api_gateway.listProjects({ limit: 1, sort: "name" }, { authData });
    await expect(api_gateway.listProjects({ cursor, sort: "-name" }, { authData })).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  it("of workspace entities come in pages too", async () => {
    const fields = [{ name: "id", type: "integer" as const, required: true }];
    for (const name of names)
      await api_gateway.createWorkspaceEntity({ name, fields, primaryKey: ["id"] }, { authData });
    const entities = (sort?: string) =>
      allPages(async (page) => {
        const { entities, nextCursor } = await api_gateway.listWorkspaceEntities(
          { ...page, sort },
          { authData },
        );
        return { items: entities.map(({ name }) => name), nextCursor };
      });
    expect(await entities()).toEqual(rising);
    expect(await entities("-name")).toEqual([...rising].reverse());
    const { entities: all, nextCursor } = await api_gateway.listWorkspaceEntities({}, { authData });
    expect([all.length, nextCursor]).toEqual([5, undefined]);
  });
});
