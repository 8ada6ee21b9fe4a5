import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { parse } from "yaml";
import { freePort } from "../../../bench/lib/process.js";
import { edgeFiles } from "../../generator/templates/workspace/scripts/docker/edge-files.js";
import type { DockerConfig } from "../../generator/templates/workspace/scripts/docker/service-config.js";
import { askEdge } from "./support/ask-edge.js";
import { type Container, startDockerApi } from "./support/docker-api.js";
import { buildGolden, type GoldenServices } from "./support/golden-services.js";
import { networkAddress } from "./support/network-address.js";
import { type Edge, startTraefik, traefikProgram } from "./support/traefik.js";

const BUILD_MS = 240_000;
const SICK_MS = 20_000;

let golden: GoldenServices;
let ca: string;
/** Ports of the processes: two of `front`, one of each other service. */
let ports: Record<"first" | "second" | "narrow" | "inner" | "sockets", number>;
let second: ChildProcess;
const stops: (() => Promise<unknown>)[] = [];

/** A service of the project that speaks WebSocket, written by hand. */
async function startSockets(port: number): Promise<void> {
  const server = createServer((_request, response) => response.end("no socket"));
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(`echo ${String(data)}`)));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  stops.push(async () => {
    server.closeAllConnections();
    server.close();
  });
}

/** The project's configuration with the service for WebSockets beside the generated ones. */
function configWithSockets(): DockerConfig {
  const [front] = golden.config.services;
  const sockets = {
    ...front!,
    serviceName: "sockets",
    dockerServiceName: "sockets",
    routerName: "golden-sockets",
    host: "sockets.localhost",
    port: 5354,
    websocket: true,
    healthCheckPath: "/",
  };
  return { ...golden.config, services: [...golden.config.services, sockets] };
}

describe.skipIf(traefikProgram === undefined)("a generated project behind the real Traefik", () => {
  beforeAll(async () => {
    golden = await buildGolden();
    stops.push(() => golden.stop());
    ca = readFileSync(path.join(golden.folder, "traefik/certificates/edge.crt"), "utf8");
    const free = await Promise.all([freePort(), freePort(), freePort(), freePort(), freePort()]);
    const [first = 0, other = 0, narrow = 0, inner = 0, sockets = 0] = free;
    ports = { first, second: other, narrow, inner, sockets };
    await golden.start("front", "first", ports.first);
    await golden.start("narrow", "narrow", ports.narrow);
    await golden.start("inner", "inner", ports.inner);
    await startSockets(ports.sockets);
  }, BUILD_MS);

  afterAll(async () => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  });

  describe("with routes from its files", () => behindTraefik(startWithFiles));
  describe("with routes from its containers' labels", () => behindTraefik(startWithContainers));
});

async function startWithFiles(): Promise<Edge> {
  const config = configWithSockets();
  const addresses: Record<string, number[]> = {
    front: [ports.first, ports.second],
    narrow: [ports.narrow],
    sockets: [ports.sockets],
  };
  const services = config.services.map((service) => ({
    ...service,
    addresses: addresses[service.serviceName]?.map((port) => `http://127.0.0.1:${port}`),
  }));
  for (const { path: name, text } of edgeFiles({ ...config, services }, services, () => undefined)) {
    if (name.startsWith("traefik/dynamic/")) await writeFile(path.join(golden.folder, name), text);
  }
  return startTraefik(golden.folder, config);
}

async function startWithContainers(): Promise<Edge> {
  const config = configWithSockets();
  const files = [...edgeFiles(config, config.services, () => undefined)];
  const compose = parse(files.find(({ path: name }) => name === "docker-compose.yml")!.text) as {
    services: Record<string, { labels?: Record<string, string>; networks: string[] }>;
  };
  const processes: Record<string, number[]> = {
    front: [ports.first, ports.second],
    narrow: [ports.narrow],
    inner: [ports.inner],
    sockets: [ports.sockets],
  };
  const containers: Container[] = [];
  for (const [index, [name, { labels = {}, networks }]] of Object.entries(compose.services).entries()) {
    const port = config.services.find(({ dockerServiceName }) => dockerServiceName === name)?.port;
    for (const [replica, target] of (processes[name] ?? [0]).entries()) {
      const address = (network: number) => `127.${network}.${index + 1}.${replica + 1}`;
      const attached = networks.map((network) => [
        `golden-${network}`,
        address(network === "edge" ? 10 : 20),
      ]);
      containers.push({ name: `${name}-${replica}`, labels, networks: Object.fromEntries(attached) });
      if (port === undefined) continue;
      for (const [, ip] of attached) {
        const reached = await networkAddress(ip!, port, target);
        stops.push(() => reached.stop());
      }
    }
  }
  const docker = await startDockerApi(containers);
  stops.push(() => docker.stop());
  return startTraefik(golden.folder, config, docker.endpoint);
}

function behindTraefik(start: () => Promise<Edge>): void {
  let edge: Edge;
  const ask = (host: string, where: string) => askEdge(edge, ca, host, where);
  const instances = async (count: number) => {
    const answers = await Promise.all(Array.from({ length: count }, () => ask("front.localhost", "/whoami")));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    return new Set(answers.map(({ text }) => (JSON.parse(text) as { instance: string }).instance));
  };

  beforeAll(async () => {
    second = await golden.start("front", "second", ports.second);
    edge = await start();
    await vi.waitFor(async () => expect((await ask("narrow.localhost", "/health")).status).toBe(200), {
      timeout: SICK_MS,
      interval: 200,
    });
  }, SICK_MS * 2);

  afterAll(async () => {
    await edge?.stop();
    second.kill("SIGKILL");
  });

  it("goes by the host, over TLS with the project's certificate", async () => {
    expect(JSON.parse((await ask("narrow.localhost", "/whoami")).text)).toEqual({ instance: "narrow" });
    expect(
      (await ask("nobody.localhost", "/whoami").catch((error: Error) => error.message)) as string,
    ).toContain("nobody.localhost");
    const plain = await fetch(`http://127.0.0.1:${edge.http}/whoami`, {
      headers: { host: "front.localhost" },
      redirect: "manual",
    });
    expect(plain.status).toBe(301);
  });

  it(
    "shares requests among instances, and leaves out one that is not ready without losing a request",
    async () => {
      await vi.waitFor(async () => expect(await instances(8)).toEqual(new Set(["first", "second"])), {
        timeout: SICK_MS,
        interval: 200,
      });
      second.kill("SIGTERM");
      await vi.waitFor(async () => expect(await instances(8)).toEqual(new Set(["first"])), {
        timeout: SICK_MS,
        interval: 200,
      });
    },
    SICK_MS * 3,
  );

  it("speaks WebSocket", async () => {
    const options = { ca, servername: "front.localhost", headers: { host: "sockets.localhost" } };
    const socket = new WebSocket(`wss://127.0.0.1:${edge.https}/live`, options);
    const echoed = new Promise((resolve, reject) => {
      socket.on("message", (data) => resolve(String(data)));
      socket.on("error", reject);
    });
    socket.on("open", () => socket.send("hello"));
    expect(await echoed).toBe("echo hello");
    socket.close();
  });

  it("refuses an address that asks too often", async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask("narrow.localhost", "/whoami")));
    const statuses = answers.map(({ status }) => status);
    expect(statuses).toContain(429);
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(10);
  });

  it("has no way to metrics, readiness, internal services or the broker", async () => {
    const hidden = [
      "/metrics",
      "/ready",
      "//metrics",
      "/metrics/",
      "/%6detrics",
      "/x/../metrics",
      "/./metrics",
    ];
    const tricks = [
      "/%2e/metrics",
      "/x/%2e%2e/metrics",
      "/x\\..\\metrics",
      "/\\metrics",
      "/x%2f..%2fmetrics",
    ];
    for (const where of [...hidden, ...tricks, "/metrics?x=1", "/metrics;x", "/METRICS"]) {
      const { status, text } = await ask("front.localhost", where);
      expect([400, 404], where).toContain(status);
      expect(text, where).not.toContain("http_request");
    }
    for (const host of ["inner.localhost", "inner", "kafka", "kafka.localhost", "127.0.0.1"]) {
      const answer = await askEdge(edge, ca, host, "/whoami", "front.localhost");
      expect(answer.status, host).toBe(404);
    }
  });
}
