import { describe, expect, it } from "vitest";
import { breakingChanges } from "./breaking-changes.js";
import { checkModel } from "./check-model.js";
import type { ProjectModel } from "./schema.js";

const text = (name: string, rest: object = {}) => ({ name, type: "string", ...rest });
const reserve = {
  name: "reserve",
  input: [text("sku", { required: true })],
  output: [text("state", { required: true })],
};
const product = { name: "Product", fields: [text("title", { required: true })] };

function project(
  catalog: object,
  orders: object = { dependsOn: [{ service: "catalog", operations: ["reserve"] }] },
): ProjectModel {
  const { model, diagnostics } = checkModel({
    services: [
      { name: "catalog", port: 3001, operations: [reserve], entities: [product], ...catalog },
      { name: "orders", port: 3002, ...orders },
    ],
  });
  expect(diagnostics).toEqual([]);
  return model!;
}

/** Code, subject and broken services of each breaking change to the catalog. */
const changes = (catalog: object, orders?: object) =>
  breakingChanges(project({}), project(catalog, orders)).map(
    ({ code, subject, breaks }) => `${code} ${subject} → ${breaks.join(",")}`,
  );

describe("breaking changes", () => {
  it("are none where values are added that nobody must know of", () => {
    expect(
      changes({
        operations: [
          { ...reserve, input: [...reserve.input, text("note")], output: [...reserve.output, text("until")] },
        ],
        entities: [{ ...product, fields: [...product.fields, text("subtitle")] }],
      }),
    ).toEqual([]);
  });

  it("name who calls an operation that asks for more, answers less or moves", () => {
    const input = [...reserve.input, text("quantity", { required: true })];
    expect(changes({ operations: [{ ...reserve, input }] })).toEqual([
      "value_required catalog.reserve.quantity → orders",
    ]);
    expect(changes({ operations: [{ ...reserve, output: [] }] })).toEqual([
      "value_removed catalog.reserve.state → orders",
    ]);
    expect(changes({ operations: [{ ...reserve, output: [text("state")] }] })).toEqual([
      "value_changed catalog.reserve.state → orders",
    ]);
    expect(changes({ operations: [{ ...reserve, method: "PUT" }] })).toEqual([
      "operation_moved catalog.reserve → orders",
    ]);
    expect(changes({ operations: [{ ...reserve, input: [{ ...reserve.input[0], list: true }] }] })).toEqual([
      "value_changed catalog.reserve.sku → orders",
    ]);
    expect(changes({ operations: [] }, {})).toEqual(["operation_removed catalog.reserve → "]);
  });

  it("name the fields and operations of entities that go, change or become needed", () => {
    expect(changes({ entities: [{ ...product, operations: ["list", "get"] }] })).toEqual([
      "operation_removed catalog.Product.create → ",
      "operation_removed catalog.Product.update → ",
      "operation_removed catalog.Product.delete → ",
    ]);
    expect(
      changes({ entities: [{ ...product, fields: [...product.fields, text("sku", { required: true })] }] }),
    ).toEqual(["value_required catalog.Product.sku → "]);
    expect(
      changes({ entities: [{ ...product, fields: [{ name: "title", type: "integer", required: true }] }] }),
    ).toEqual(["value_changed catalog.Product.title → "]);
  });

  it("name who consumes an event that loses a field, unless it is a new version", () => {
    const event = (fields: object[], version = 1) => ({
      publishes: [{ name: "stock-changed", version, fields }],
    });
    const consumer = { consumes: ["stock-changed"] };
    const before = project(event([text("sku"), text("left")]), consumer);
    const newer = (version: number) => project(event([text("sku")], version), consumer);
    expect(breakingChanges(before, newer(1))).toMatchObject([
      { code: "value_removed", subject: "stock-changed.left", breaks: ["orders"] },
    ]);
    expect(breakingChanges(before, newer(2))).toEqual([]);
  });
});
