import { describe, expect, it } from "vitest";
import { checkModel } from "../model/check-model.js";
import type { ServiceModel } from "../model/schema.js";
import { migrateTables } from "./migrate-tables.js";
import { shortName } from "./tables.js";

function shop(...entities: object[]): ServiceModel {
  const { model, diagnostics } = checkModel({ services: [{ name: "shop", port: 3001, entities }] });
  expect(diagnostics).toEqual([]);
  return model!.services[0]!;
}

const title = { name: "title", type: "string", required: true };
const price = { name: "unitPrice", type: "decimal", precision: 12, scale: 2, minimum: 0 };
const product = { name: "Product", fields: [title, price] };

describe("migrations", () => {
  it("create the tables of a new service, references last", () => {
    const order = {
      name: "OrderItem",
      fields: [
        { name: "product", type: "reference", entity: "Product", required: true, onDelete: "cascade" },
      ],
    };
    expect(migrateTables(undefined, shop(order, product))).toEqual([
      'CREATE TABLE "order_items" (\n\t"id" uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY,\n\t"product" uuid NOT NULL,\n' +
        '\t"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,\n\t"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL\n)',
      'CREATE TABLE "products" (\n\t"id" uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY,\n\t"title" varchar(255) NOT NULL,\n' +
        '\t"unit_price" numeric(12,2),\n\t"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,\n' +
        '\t"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL\n)',
      'CREATE INDEX "order_items_created_at_id_idx" ON "order_items" ("created_at", "id")',
      'CREATE INDEX "order_items_product_idx" ON "order_items" ("product")',
      'ALTER TABLE "products" ADD CONSTRAINT "products_unit_price_minimum" CHECK ("unit_price" >= 0)',
      'CREATE INDEX "products_created_at_id_idx" ON "products" ("created_at", "id")',
      'ALTER TABLE "order_items" ADD CONSTRAINT "order_items_product_fkey" FOREIGN KEY ("product") REFERENCES "products" ("id") ON DELETE CASCADE',
    ]);
  });

  it("are empty where nothing changes", () => {
    expect(migrateTables(shop(product), shop(product))).toEqual([]);
  });

  it("keep the data of renamed fields and entities", () => {
    const article = {
      name: "Article",
      renamedFrom: "Product",
      fields: [{ ...title, name: "name", renamedFrom: "title" }, price],
    };
    const statements = migrateTables(shop(product), shop(article));
    expect(statements).toContain('ALTER TABLE "products" RENAME TO "articles"');
    expect(statements).toContain('ALTER TABLE "articles" RENAME COLUMN "title" TO "name"');
    expect(
      statements.filter((statement) => statement.includes("DROP COLUMN") || statement.includes("DROP TABLE")),
    ).toEqual([]);
  });

  it("change types, defaults and what is required", () => {
    const changed = {
      ...product,
      fields: [
        { ...title, maxLength: 500, unique: true },
        { ...price, required: true, default: 0 },
        { name: "state", type: "enum", values: ["new", "it's"].slice(0, 1), default: "new" },
      ],
    };
    expect(migrateTables(shop(product), shop(changed))).toEqual([
      'ALTER TABLE "products" ALTER COLUMN "title" SET DATA TYPE varchar(500) USING "title"::varchar(500)',
      'ALTER TABLE "products" ALTER COLUMN "unit_price" SET DEFAULT 0',
      'UPDATE "products" SET "unit_price" = 0 WHERE "unit_price" IS NULL',
      'ALTER TABLE "products" ALTER COLUMN "unit_price" SET NOT NULL',
      `ALTER TABLE "products" ADD COLUMN "state" text DEFAULT 'new'`,
      'ALTER TABLE "products" ADD CONSTRAINT "products_title_key" UNIQUE ("title")',
      `ALTER TABLE "products" ADD CONSTRAINT "products_state_values" CHECK ("state" IN ('new'))`,
    ]);
  });

  it("drop what the model no longer has", () => {
    expect(migrateTables(shop(product), shop({ ...product, fields: [title] }))).toEqual([
      'ALTER TABLE "products" DROP CONSTRAINT "products_unit_price_minimum"',
      'ALTER TABLE "products" DROP COLUMN "unit_price"',
    ]);
    expect(migrateTables(shop(product), shop())).toEqual(['DROP TABLE "products" CASCADE']);
  });

  it("give long names their own short ones", () => {
    const [a, b] = [shortName(`${"x".repeat(70)}a`), shortName(`${"x".repeat(70)}b`)];
    expect(a).toHaveLength(63);
    expect(a).not.toBe(b);
  });
});
