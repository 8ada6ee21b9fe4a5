import { describe, expect, it } from "vitest";
import { checkModel } from "./check-model.js";
import { mermaid, projectGraph } from "./graph.js";

const product = {
  name: "Product",
  fields: [
    { name: "title", type: "string", required: true },
    { name: "price", type: "decimal", precision: 12, scale: 2, minimum: 0 },
  ],
};
const catalog = { name: "catalog", port: 3001, entities: [product] };
const orders = {
  name: "orders",
  port: 3002,
  visibility: "public",
  dependsOn: [{ service: "catalog", operations: ["Product.get"] }],
  entities: [{ name: "Order", fields: [{ name: "total", type: "decimal", required: true }] }],
  publishes: [
    { name: "order-placed", key: "orderId", fields: [{ name: "orderId", type: "uuid", required: true }] },
  ],
};
const mailer = {
  name: "mailer",
  port: 3003,
  runtime: "bun",
  framework: "elysia",
  consumes: ["order-placed"],
};

/** Code and path of each problem of a model of these services. */
function problems(...services: object[]): string[] {
  return checkModel({ services }).diagnostics.map(
    ({ code, path }) => `${code} ${path.replace(/^model\.services/, "")}`,
  );
}

describe("project model", () => {
  it("takes a project of services, calls and events", () => {
    const { model, diagnostics } = checkModel({ services: [catalog, orders, mailer] });
    expect(diagnostics).toEqual([]);
    expect(model?.services[0]).toMatchObject({
      framework: "hono",
      limits: { bodyKb: 1024 },
      entities: [{ operations: ["list", "get", "create", "update", "delete"] }],
    });
  });

  it("warns of data that a renamed service leaves behind, and of a database that two share", () => {
    const renamed = { ...catalog, name: "goods", renamedFrom: "catalog" };
    expect(problems(renamed)).toEqual(["database_left_behind [0].database"]);
    expect(problems({ ...renamed, database: "catalog_db" })).toEqual([]);
    expect(problems({ ...renamed, database: "one" }, { ...mailer, consumes: [], database: "one" })).toEqual([
      "database_taken [1].database",
    ]);
  });

  it("shows who calls whom and which events go where", () => {
    const graph = projectGraph(checkModel({ services: [catalog, orders, mailer] }).model!);
    expect(graph.edges).toEqual([
      { from: "service:orders", to: "service:catalog", kind: "calls" },
      { from: "service:orders", to: "event:order-placed", kind: "publishes" },
      { from: "event:order-placed", to: "service:mailer", kind: "consumes" },
    ]);
    expect(mermaid(graph)).toContain("n1 --> n0");
  });

  it("names circles of calls", () => {
    const [a, b, c] = ["b", "c", "a"].map((next, index) => ({
      name: ["a", "b", "c"][index],
      port: 4000 + index,
      dependsOn: [next],
    }));
    const { diagnostics } = checkModel({ services: [a, b, c] });
    expect(diagnostics).toMatchObject([{ code: "call_cycle", message: "calls go round: a → b → c → a" }]);
  });

  it("finds references to what is not there", () => {
    expect(
      problems(
        {
          ...catalog,
          entities: [
            {
              ...product,
              filters: ["colour"],
              fields: [...product.fields, { name: "shop", type: "reference", entity: "Shop" }],
            },
          ],
        },
        { ...orders, dependsOn: [{ service: "catalog", operations: ["Product.burn"] }, "stock"] },
        { ...mailer, consumes: ["order-lost"], caches: [{ name: "c", entity: "Mail" }] },
      ),
    ).toEqual([
      "unknown_entity [0].entities[0].fields[2].entity",
      "unknown_field [0].entities[0].filters[0]",
      "unknown_operation [1].dependsOn[0].operations[0]",
      "unknown_service [1].dependsOn[1]",
      "unknown_entity [2].caches[0].entity",
      "unknown_event [2].consumes[0]",
    ]);
  });

  it("finds what is taken or reserved", () => {
    expect(
      problems(
        catalog,
        {
          name: "packages",
          port: 3001,
          visibility: "public",
          host: "a.b",
          entities: [{ name: "Map", fields: [{ name: "id", type: "uuid" }] }],
        },
        {
          name: "web",
          port: 3005,
          visibility: "public",
          host: "a.b",
          operations: [{ name: "delete" }, { name: "look", method: "GET", path: "/health" }],
        },
      ),
    ).toEqual([
      "reserved_name [1].entities[0].fields[0].name",
      "reserved_name [1].entities[0].name",
      "reserved_name [1].name",
      "port_taken [1].port",
      "host_taken [2].host",
      "reserved_name [2].operations[0].name",
      "path_taken [2].operations[1].path",
    ]);
  });

  it("finds options that do not go together", () => {
    const field = (rest: object) => ({
      ...catalog,
      entities: [{ name: "Product", fields: [{ name: "f", ...rest }] }],
    });
    const at = "[0].entities[0].fields[0]";
    expect(problems(field({ type: "integer", maxLength: 3 }))).toEqual([`invalid_option ${at}.maxLength`]);
    expect(problems(field({ type: "enum" }))).toEqual([`invalid_option ${at}.values`]);
    expect(problems(field({ type: "enum", values: ["a"], default: "b" }))).toEqual([
      `invalid_option ${at}.default`,
    ]);
    expect(problems(field({ type: "decimal", precision: 2, scale: 4 }))).toEqual([
      `invalid_option ${at}.scale`,
    ]);
    expect(problems(field({ type: "integer", minimum: 4, maximum: 2 }))).toEqual([
      `invalid_option ${at}.minimum`,
    ]);
    expect(problems({ ...catalog, framework: "elysia" })).toEqual(["runtime_mismatch [0].framework"]);
    expect(problems({ ...catalog, jobs: [{ name: "nightly", schedule: "61 * * * *" }] })).toEqual([
      "invalid_schedule [0].jobs[0].schedule",
    ]);
    expect(problems({ ...catalog, operations: [{ name: "look", path: "/look/:what" }] })).toEqual([
      "unknown_parameter [0].operations[0].path",
    ]);
  });

  it("takes 200 services, and names that limit where there are more", () => {
    const services = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ name: `service-${index}`, port: 3001 + index }));
    expect(checkModel({ services: services(200) }).model?.services).toHaveLength(200);
    const { model, diagnostics } = checkModel({ services: services(201) });
    expect(model).toBeUndefined();
    expect(diagnostics).toMatchObject([{ path: "model.services", message: expect.stringContaining("200") }]);
  });

  it("refuses objects that stand in each other too deep, and names a thing once", () => {
    let value: object = { name: "leaf", type: "string" };
    for (let depth = 0; depth < 6; depth++) value = { name: "node", type: "object", fields: [value] };
    expect(problems({ ...catalog, operations: [{ name: "look", input: [value] }] })).toMatchObject([
      expect.stringMatching(/^too_deep/),
    ]);
  });

  it.each(["../etc", "a'; drop table x; --", "__proto__", "{{name}}", "саtalog", "a/b", "-a", "a\u0000"])(
    "refuses the name %j wherever a name stands",
    (name) => {
      const [field] = product.fields;
      const models = [
        { ...catalog, name },
        { ...catalog, entities: [{ ...product, name }] },
        { ...catalog, entities: [{ ...product, plural: name }] },
        { ...catalog, entities: [{ ...product, fields: [{ ...field, name }] }] },
        { ...catalog, entities: [{ ...product, fields: [{ ...field, type: "enum", values: [name] }] }] },
        { ...catalog, operations: [{ name }] },
        { ...catalog, operations: [{ name: "look", path: `/${name}/../x` }] },
        { ...catalog, publishes: [{ name, fields: [{ name: "a", type: "string" }] }] },
        { ...catalog, caches: [{ name }] },
        { ...catalog, jobs: [{ name, schedule: "0 3 * * *" }] },
        { ...catalog, visibility: "public", host: name },
      ];
      for (const model of models) expect(problems(model)).not.toEqual([]);
    },
  );
});
