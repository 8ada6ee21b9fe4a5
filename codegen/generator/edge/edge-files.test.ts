import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { edgeFiles } from "../templates/workspace/scripts/docker/edge-files.js";
import type { DockerConfig, ServiceConfig } from "../templates/workspace/scripts/docker/service-config.js";

const service = (serviceName: string, more: Partial<ServiceConfig> = {}): ServiceConfig => ({
  serviceName,
  dockerServiceName: serviceName,
  routerName: `shop-${serviceName}`,
  visibility: "public",
  host: `${serviceName}.localhost`,
  port: 3001,
  websocket: false,
  healthCheckPath: "/ready",
  hiddenPaths: ["/metrics"],
  requestsPerMinute: 600,
  replicas: 2,
  memoryMb: 128,
  image: `shop/${serviceName}`,
  build: { context: ".", dockerfile: `services/${serviceName}/Dockerfile` },
  runtime: "node",
  database: `${serviceName}_db`,
  ...more,
});
const configOf = (...services: ServiceConfig[]): DockerConfig => ({
  project: { name: "shop", infrastructure: ["postgres", "kafka", "rabbitmq", "redis"] },
  services,
});
const shop = configOf(
  service("catalog", { websocket: true, websocketPath: "/live", calls: ["stock"], broker: "kafka" }),
  service("stock", { visibility: "internal", port: 3002 }),
);

type Files = Record<string, string>;
const write = (config: DockerConfig, before: Files = {}, wanted = config.services): Files => ({
  ...before,
  ...Object.fromEntries(
    [...edgeFiles(config, wanted, (path) => before[path])].map(({ path, text }) => [path, text]),
  ),
});
const compose = (files: Files, name = "docker-compose.yml") => parse(files[name] ?? "");

describe("files that follow from docker/services.config.ts", () => {
  it("route public services by host and nothing else", () => {
    const { services } = compose(write(shop));
    expect(services.catalog.labels["traefik.http.routers.shop-catalog.rule"]).toContain(
      "Host(`catalog.localhost`)",
    );
    expect(services.stock.labels).toEqual({ "traefik.enable": "false" });
    for (const name of ["postgres", "kafka", "rabbitmq", "redis", "databases", "stock"]) {
      expect(services[name].ports, name).toBeUndefined();
      expect(services[name].networks, name).toEqual(["internal"]);
    }
  });

  it("give the stack its labels at the services, limits, and updates that are rolled back", () => {
    const { catalog } = compose(write(shop), "docker-stack.yml").services;
    expect(catalog.labels).toBeUndefined();
    expect(catalog.deploy).toMatchObject({
      replicas: 2,
      resources: { limits: { memory: "128M" } },
      update_config: { failure_action: "rollback", order: "start-first" },
      labels: { "traefik.enable": "true", "traefik.swarm.network": "shop-edge" },
    });
    expect(catalog.environment).toMatchObject({
      STOCK_URL: "http://stock:3002",
      KAFKA_BROKERS: "kafka:9092",
    });
  });

  it("are the same when they are brought up to the same configuration", () => {
    const files = write(shop);
    expect(write(shop, files)).toEqual(files);
  });

  it("keep what a person wrote: comments, other labels, other services", () => {
    const before = write(shop);
    const edited = `# my note\n${before["docker-compose.yml"]}`
      .replace("  catalog:\n", "  # the shop window\n  catalog:\n    cpus: 2 # enough\n")
      .replace(
        '      traefik.enable: "false"',
        '      traefik.enable: "false"\n      com.example.team: red # theirs',
      )
      .replace("services:\n", "services:\n  mail:\n    image: mailpit\n\n");
    const moved = configOf(
      service("catalog", { host: "shop.example.com", replicas: 5, memoryMb: 256 }),
      service("stock", { visibility: "internal", port: 3002 }),
    );
    const text = write(moved, { ...before, "docker-compose.yml": edited })["docker-compose.yml"] ?? "";
    for (const kept of [
      "# my note",
      "# the shop window",
      "cpus: 2 # enough",
      "com.example.team: red # theirs",
    ])
      expect(text).toContain(kept);
    const { services } = parse(text);
    expect(services.mail).toEqual({ image: "mailpit" });
    expect(services.catalog.deploy).toEqual({ replicas: 5, resources: { limits: { memory: "256M" } } });
    expect(services.catalog.labels["traefik.http.routers.shop-catalog.rule"]).toContain("shop.example.com");
    expect(Object.keys(services.catalog.labels).filter((label) => label.includes("-ws"))).toEqual([]);
  });

  it("keep labels in the form in which they are", () => {
    const before = write(shop);
    const list = (before["docker-compose.yml"] ?? "").replace(
      'labels:\n      traefik.enable: "false"',
      "labels:\n      - traefik.enable=true\n      - com.example.team=red",
    );
    const { services } = compose(write(shop, { ...before, "docker-compose.yml": list }));
    expect(services.stock.labels).toEqual(["traefik.enable=false", "com.example.team=red"]);
  });

  it("change one service where one is wanted, and gain a new one", () => {
    const before = write(shop);
    const more = configOf(
      service("catalog", { host: "elsewhere.localhost" }),
      service("stock", { visibility: "internal", port: 3002 }),
      service("orders", { port: 3003 }),
    );
    const { services } = compose(write(more, before, more.services.slice(2)));
    expect(services.catalog).toEqual(compose(before).services.catalog);
    expect(services.orders.labels["traefik.http.services.shop-orders.loadbalancer.server.port"]).toBe("3003");
  });

  it("are refused where two services have the same host, and where a file is no compose file", () => {
    const twice = configOf(service("a", { host: "x.localhost" }), service("b", { host: "x.localhost" }));
    expect(() => write(twice)).toThrow('host "x.localhost" is there twice');
    expect(() => write(shop, { "docker-compose.yml": "- a list\n" })).toThrow("docker-compose.yml");
  });

  it("have the same routes for a machine without Docker", () => {
    const { http } = parse(write(shop)["traefik/dynamic/services.yml"] ?? "");
    expect(Object.keys(http.routers)).toEqual(["shop-catalog", "shop-catalog-ws"]);
    expect(http.services["shop-catalog"].loadBalancer.servers).toEqual([{ url: "http://127.0.0.1:3001" }]);
  });
});
