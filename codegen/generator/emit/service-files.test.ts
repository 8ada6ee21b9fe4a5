import { describe, expect, it } from "vitest";
import { checkModel } from "../model/check-model.js";
import { serviceConfig, serviceFiles } from "./service-files.js";

const fields = [{ name: "title", type: "string", required: true }];
const { model } = checkModel({
  name: "shop",
  services: [
    {
      name: "catalog",
      port: 3001,
      entities: [{ name: "Product", fields }],
      operations: [
        {
          name: "reserveStock",
          path: "/products/:productId/reserve",
          timeoutMs: 800,
          input: [
            { name: "productId", type: "uuid", required: true },
            { name: "quantity", type: "integer", required: true },
          ],
        },
      ],
    },
    {
      name: "orders",
      port: 3002,
      visibility: "public",
      auth: "jwt",
      limits: { requestsPerMinute: 60 },
      dependsOn: [{ service: "catalog", operations: ["Product.get", "reserveStock"] }],
      operations: [
        { name: "placeOrder" },
        { name: "ping", method: "GET", auth: "public" },
        { name: "importOrders", auth: "api-key" },
      ],
    },
    { name: "site", port: 3003, visibility: "public", operations: [{ name: "greet", method: "GET" }] },
  ],
});
const files = Object.fromEntries(
  model!.services
    .flatMap((service) => [...serviceFiles(model!, service)])
    .map(({ path, text }) => [path, text]),
);
const names = (name: string) =>
  serviceConfig(model!, model!.services.find((each) => each.name === name)!).map((entry) => entry.name);

describe("a service that calls another", () => {
  const client = files["services/orders/src/clients/catalog-client.ts"];

  it("has the operations that it may call, and no others", () => {
    expect([...client!.matchAll(/export function (\w+)/g)].map(([, name]) => name)).toEqual([
      "getProduct",
      "reserveStock",
    ]);
  });

  it("waits as long as the operation says, and tries again only where that does no harm", () => {
    expect(client!.replaceAll(/\s+/g, " ")).toMatch(
      /operation: "reserveStock", method: "POST", path: `\/products\/\$\{encodeURIComponent\(productId\)\}\/reserve`, body: rest, timeoutMs: 800, idempotent: false/,
    );
    expect(client!.replaceAll(/\s+/g, " ")).toMatch(/"Product.get".*timeoutMs: 5000, idempotent: true/);
  });

  it("finds it by a variable", () => {
    expect(names("orders")).toContain("CATALOG_URL");
  });
});

describe("who may call", () => {
  it("is the services of the project alone where a service is internal", () => {
    expect(files["services/catalog/src/app.ts"]!.match(/permit\([^)]*\)/g)).toEqual(
      Array(6).fill('permit("service")'),
    );
    expect(names("catalog")).toContain("SERVICE_TOKEN");
  });

  it("is said by each route of a public service", () => {
    expect(files["services/orders/src/app.ts"]!.match(/permit\([^)]*\)/g)).toEqual([
      'permit("user")',
      'permit("api-key")',
    ]);
    expect(names("orders")).toEqual(
      expect.arrayContaining(["JWT_SECRET", "API_KEYS", "REQUESTS_PER_MINUTE"]),
    );
  });

  it("is not asked where everyone may: there is no code for it", () => {
    expect(
      Object.keys(files).filter((path) => /site\/src\/(auth|jwt|rate-limit|clients)/.test(path)),
    ).toEqual([]);
    expect(names("site")).not.toContain("SERVICE_TOKEN");
  });
});

describe("the description of a service", () => {
  const document = JSON.parse(files["services/orders/openapi.json"]!);

  it("has each route with who may call it", () => {
    const route = document.paths["/operations/place-order"].post;
    expect(route.security).toEqual([{ user: [] }]);
    expect(document.paths["/operations/ping"].get.security).toEqual([]);
    expect(Object.keys(document.components.securitySchemes)).toEqual(["user", "api-key"]);
  });

  it("is told to people too", () => {
    expect(files["services/orders/README.md"]).toContain(
      "| `POST /operations/place-order` | placeOrder | a user with a token |",
    );
  });
});
