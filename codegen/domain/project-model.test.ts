import { APIError } from "encore.dev/api";
import { describe, expect, it } from "vitest";
import { parseProjectModel } from "./project-model.js";

const shop = {
  services: [
    {
      name: "orders",
      port: 4001,
      dependsOn: ["stock"],
      entities: [{ name: "Order", fields: [{ name: "total", type: "decimal", required: true }] }],
    },
    { name: "stock", port: 4002, runtime: "bun", framework: "elysia" },
  ],
};

function problemsOf(model: unknown): { path: string; message: string }[] {
  try {
    parseProjectModel(model);
  } catch (error) {
    if (error instanceof APIError)
      return (error.details as { problems: { path: string; message: string }[] }).problems;
    throw error;
  }
  return [];
}

describe("project model", () => {
  it("fills in the defaults", () => {
    expect(parseProjectModel(shop).services[0]).toMatchObject({
      runtime: "node",
      framework: "hono",
      visibility: "internal",
      dependsOn: [{ service: "stock" }],
    });
  });

  it("names every problem with its path at once", () => {
    const field = { name: "state", type: "enum" };
    const model = {
      services: [
        {
          name: "orders",
          port: 4001,
          dependsOn: ["payments", "orders"],
          entities: [{ name: "Order", fields: [field, field] }],
        },
        { name: "orders", port: 4001 },
      ],
    };
    expect(problemsOf(model).map((problem) => problem.path)).toEqual([
      "model.services[0].dependsOn[0]",
      "model.services[0].dependsOn[1]",
      "model.services[0].entities[0].fields[0].values",
      "model.services[0].entities[0].fields[1].name",
      "model.services[0].entities[0].fields[1].values",
      "model.services[1].name",
      "model.services[1].port",
    ]);
  });

  it.each(["../etc", "Orders", "__proto__", "a b", "заказы", ""])("refuses the service name %j", (name) => {
    expect(problemsOf({ services: [{ name, port: 4001 }] })).toMatchObject([
      { path: "model.services[0].name" },
    ]);
  });

  it("refuses what it does not know", () => {
    expect(problemsOf({ ...shop, gateways: [] })).toMatchObject([{ path: "model" }]);
    expect(problemsOf("shop")).toMatchObject([{ path: "model" }]);
  });
});
