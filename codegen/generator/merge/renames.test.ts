import { describe, expect, it } from "vitest";
import { pathRenames, renameWords, wordRenames } from "./renames.js";

const renames = [
  { from: "order-items", to: "lines" },
  { from: "order-item", to: "line" },
];

describe("renames of a model", () => {
  it("are followed by words that the generator wrote differently, in every spelling", () => {
    const words = wordRenames(
      renames,
      [
        'export const orderItems = pgTable("order_items"); createOrderItem; type OrderItem; reorderItem; orderItemsTotal',
      ],
      ['export const lines = pgTable("lines"); createLine; type Line; orderItemsTotal'],
    );
    expect(Object.fromEntries(words)).toEqual({
      orderItems: "lines",
      order_items: "lines",
      createOrderItem: "createLine",
      OrderItem: "Line",
    });
    expect(renameWords("await db.select().from(orderItems); // my orderItemsTotal", words)).toBe(
      "await db.select().from(lines); // my orderItemsTotal",
    );
  });

  it("leave words alone that still mean something, or meant something already", () => {
    expect(wordRenames([{ from: "title", to: "name" }], ["title name"], ["name"])).toEqual(new Map());
    expect(wordRenames([{ from: "title", to: "name" }], ["title"], ["title name"])).toEqual(new Map());
  });

  it("are followed by paths", () => {
    const paths = pathRenames(
      [{ from: "shop", to: "store" }, ...renames],
      new Set([
        "services/shop/src/handlers/order-items/create-order-item.ts",
        "services/shop/src/main.ts",
        "README.md",
      ]),
      new Set([
        "services/store/src/handlers/lines/create-line.ts",
        "services/store/src/main.ts",
        "README.md",
      ]),
    );
    expect(Object.fromEntries(paths)).toEqual({
      "services/shop/src/handlers/order-items/create-order-item.ts":
        "services/store/src/handlers/lines/create-line.ts",
      "services/shop/src/main.ts": "services/store/src/main.ts",
    });
  });

  it("are followed by the segment that was meant, where a service has the name of its entity", () => {
    const paths = pathRenames(
      [{ from: "tasks", to: "todos" }],
      new Set(["services/tasks/src/handlers/tasks/list-tasks.ts"]),
      new Set(["services/tasks/src/handlers/todos/list-todos.ts"]),
    );
    expect([...paths.values()]).toEqual(["services/tasks/src/handlers/todos/list-todos.ts"]);
  });
});
