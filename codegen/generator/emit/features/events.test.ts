import { describe, expect, it } from "vitest";
import { generateProject } from "../../generate-project.js";
import { checkModel } from "../../model/check-model.js";

const order = {
  name: "Order",
  fields: [
    { name: "customer", type: "string", required: true },
    { name: "total", type: "decimal", required: true },
    { name: "dueAt", type: "timestamp" },
  ],
};
const orders = {
  name: "orders",
  port: 3001,
  entities: [order],
  publishes: [
    {
      name: "order-created",
      description: "An order came */ process.exit() /*",
      key: "orderId",
      on: { entity: "Order", operation: "create" },
      fields: [
        { name: "orderId", type: "uuid", required: true },
        { name: "dueAt", type: "timestamp" },
      ],
    },
  ],
};
const mail = { name: "mail", port: 3002, consumes: ["order-created"] };

function generated(broker: string, ...services: object[]): Map<string, string> {
  const { model, diagnostics } = checkModel({ name: "shop", broker, services });
  expect(diagnostics).toEqual([]);
  return new Map(generateProject(model!).map(({ path, text }) => [path, text]));
}

function problems(...services: object[]): string[] {
  return checkModel({ services }).diagnostics.map(({ code, path }) => `${code} ${path}`);
}

describe("events", () => {
  it("gives publishers an outbox, and consumers an inbox besides, also where they have no entities", () => {
    const files = generated("kafka", orders, mail);
    const tables = (service: string) =>
      [
        ...files
          .get(`services/${service}/migrations/0000_create_tables.sql`)!
          .matchAll(/CREATE TABLE "(\w+)"/g),
      ].map(([, name]) => name);
    expect(tables("orders")).toEqual(["orders", "outbox"]);
    expect(tables("mail")).toEqual(["outbox", "inbox"]);
    expect(files.has("services/mail/src/schema.ts")).toBe(false);
    expect(files.has("services/orders/src/events/consumer.ts")).toBe(false);
  });

  it("publishes an event of an entity in the transaction that changes it", () => {
    const create = generated("kafka", orders).get("services/orders/src/handlers/orders/create-order.ts")!;
    expect(create).toContain("publishOrderCreated(tx, {");
    expect(create).toContain("orderId: row.id");
    expect(create).toContain("dueAt: row.dueAt?.toISOString() ?? null");
  });

  it("declares the queues of consumers where the publisher starts, so that no event is lost before they do", () => {
    const files = generated("rabbitmq", orders, mail);
    expect(files.get("services/orders/src/events/broker.ts")).toContain('"order-created": ["mail"]');
    expect(files.get("services/mail/src/events/broker.ts")).toContain('"mail-dlq": ["mail-dlq"]');
  });

  it("lets no description end a comment", () => {
    const contract = generated("kafka", orders).get("packages/contracts/src/events.ts")!;
    expect(contract).toContain("/** An order came *\\/ process.exit() /* */");
  });

  it("tells of an event that its entity cannot fill", () => {
    const event = (on: object, ...fields: object[]) => ({
      ...orders,
      publishes: [{ name: "order-changed", on, fields }],
    });
    const at = "model.services[0].publishes[0]";
    const id = { name: "id", type: "uuid", required: true };
    expect(problems(event({ entity: "Cart", operation: "create" }, id))).toEqual([
      `unknown_entity ${at}.on.entity`,
    ]);
    expect(
      problems(
        event(
          { entity: "Order", operation: "update" },
          { name: "amount", type: "decimal" },
          { name: "total", type: "integer" },
          { name: "dueAt", type: "timestamp", required: true },
          { name: "customer", type: "string", maxLength: 10 },
        ),
      ),
    ).toEqual([
      `unknown_field ${at}.fields[0].name`,
      ...[1, 2, 3].map((field) => `event_mismatch ${at}.fields[${field}]`),
    ]);
  });

  it("tells of names that are one word in code, and of tables that the service has itself", () => {
    const fields = [{ name: "id", type: "uuid" }];
    const twice = {
      ...orders,
      publishes: [
        { name: "step-2", fields },
        { name: "step2", fields },
      ],
    };
    expect(problems(twice)).toEqual(["duplicate_name model.services[0].publishes[1].name"]);
    expect(
      problems({ ...orders, entities: [order, { ...order, name: "Letter", plural: "outbox" }] }),
    ).toEqual(["reserved_name model.services[0].entities[1].plural"]);
  });
});

describe("caches and jobs", () => {
  const cached = (strategy: string, store = "memory", replicas = 1) => ({
    ...orders,
    replicas,
    caches: [{ name: "orders", entity: "Order", strategy, store }],
  });

  it("reads through a cache, and drops or writes what changed", () => {
    const handlers = (strategy: string) => {
      const files = generated("kafka", cached(strategy));
      return (name: string) => files.get(`services/orders/src/handlers/orders/${name}-order.ts`);
    };
    const aside = handlers("cache-aside");
    expect(aside("get")).toContain("ordersCache.get(id.toLowerCase()");
    expect(aside("update")).toContain("ordersCache.drop(id.toLowerCase())");
    const through = handlers("write-through");
    expect(through("update")).toContain("ordersCache.write(id.toLowerCase()");
    expect(through("delete")).toContain("ordersCache.drop(id.toLowerCase())");
  });

  it("warns of instances that do not share their cache", () => {
    expect(problems(cached("cache-aside", "memory", 2))).toEqual([
      "cache_not_shared model.services[0].caches[0].store",
    ]);
    expect(problems(cached("cache-aside", "redis", 2))).toEqual([]);
  });

  it("gives a service of jobs alone a database for their runs", () => {
    const jobs = [{ name: "clean-up", schedule: "*/5 * * * *" }];
    const files = generated("kafka", { name: "clock", port: 3001, jobs });
    expect(files.get("services/clock/migrations/0000_create_tables.sql")).toContain(
      'CREATE TABLE "job_runs"',
    );
    expect(files.get("services/clock/src/jobs/scheduler.ts")).toContain('schedule: "*/5 * * * *"');
  });
});
