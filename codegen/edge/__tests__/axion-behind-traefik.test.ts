import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { parse } from "yaml";
import { newOrganization } from "../../../api-gateway/__tests__/support/callers-over-http.js";
import { type StartedApp, startApp } from "../../../api-gateway/__tests__/support/started-app.js";
import { dockerConfig } from "../../../docker/services.config.js";
import { askEdge } from "./support/ask-edge.js";
import { type Container, startDockerApi } from "./support/docker-api.js";
import { networkAddress } from "./support/network-address.js";
import { type Edge, startTraefik, traefikProgram } from "./support/traefik.js";

const HOST = "axion.localhost";
const START_MS = 120_000;
const CALL_MS = 60_000;
const root = path.resolve(import.meta.dirname, "../../..");

describe.skipIf(traefikProgram === undefined)(
  "Axion behind the real Traefik, by the labels of its containers",
  () => {
    let app: StartedApp;
    let edge: Edge;
    let ca: string;
    const stops: (() => Promise<unknown>)[] = [];

    beforeAll(async () => {
      app = await startApp();
      stops.push(() => app.stop());
      const folder = await mkdtemp(path.join(tmpdir(), "axion-edge-"));
      stops.push(() => rm(folder, { recursive: true, force: true }));
      for (const name of ["traefik", "docker", "codegen/generator/templates/workspace/scripts"])
        await cp(path.join(root, name), path.join(folder, name), { recursive: true });
      const script = path.join(folder, "codegen/generator/templates/workspace/scripts/docker-certificate.ts");
      const made = spawnSync(process.execPath, ["--experimental-strip-types", "--no-warnings", script], {
        cwd: folder,
        encoding: "utf8",
        timeout: 30_000,
      });
      expect(made.stderr).toBe("");
      ca = readFileSync(path.join(folder, "traefik/certificates/edge.crt"), "utf8");
      const docker = await startDockerApi(await containers());
      stops.push(() => docker.stop());
      edge = await startTraefik(folder, dockerConfig, docker.endpoint);
      stops.push(() => edge.stop());
      await vi.waitFor(async () => expect((await ask("/api/v1/health")).status).toBe(200), {
        timeout: 30_000,
        interval: 200,
      });
    }, START_MS);

    afterAll(async () => {
      for (const stop of stops.splice(0).toReversed()) await stop();
    });

    const ask = (where: string, host = HOST) => askEdge(edge, ca, host, where, HOST);

    /** All containers of docker-compose.yml at addresses of their networks; every service of Axion is the one process. */
    async function containers(): Promise<Container[]> {
      const { services } = parse(readFileSync(path.join(root, "docker-compose.yml"), "utf8")) as {
        services: Record<string, { labels?: Record<string, string>; networks: string[] }>;
      };
      const target = Number(new URL(app.url).port);
      const found: Container[] = [];
      for (const [index, [name, { labels = {}, networks }]] of Object.entries(services).entries()) {
        const attached = networks.map((network) => [
          `axion-${network}`,
          `127.${network === "edge" ? 30 : 40}.${index + 1}.1`,
        ]);
        found.push({ name, labels, networks: Object.fromEntries(attached) });
        const port = dockerConfig.services.find(({ dockerServiceName }) => dockerServiceName === name)?.port;
        if (port === undefined) continue;
        for (const [, address] of attached) {
          const reached = await networkAddress(address!, port, target);
          stops.push(() => reached.stop());
        }
      }
      return found;
    }

    it("answers at its host", async () => {
      expect((await ask("/api/v1/health")).status).toBe(200);
      expect((await ask("/api/v1/health", "axion.example.com")).status).toBe(404);
    });

    it(
      "carries the realtime stream over WebSocket, for a caller that Axion knows",
      async () => {
        const { callers } = await newOrganization(app.url, "edge");
        const packed = Buffer.from(JSON.stringify(callers[0]!.headers)).toString("base64url");
        expect(await firstOf(["encore-ws"])).toBe("401");
        expect(JSON.parse(await firstOf(["encore-ws", `encore.dev.headers.${packed}`]))).toMatchObject({
          kind: "ready",
        });
      },
      CALL_MS,
    );

    /** The first message of the realtime stream, or the status with which it was refused. */
    function firstOf(protocols: string[]): Promise<string> {
      const options = { ca, servername: HOST, headers: { host: HOST } };
      const socket = new WebSocket(
        `wss://127.0.0.1:${edge.https}/api/v1/realtime?topics=rule`,
        protocols,
        options,
      );
      stops.push(async () => socket.terminate());
      return new Promise((resolve, reject) => {
        socket.on("unexpected-response", (_request, { statusCode }) => resolve(String(statusCode)));
        socket.on("message", (data) => resolve(String(data)));
        socket.on("error", reject);
      });
    }

    it("has no way to metrics, the host's own routes, other services or the broker", async () => {
      for (const where of [
        "/__axion/metrics",
        "/__encore/healthz",
        "//__axion/metrics",
        "/x/../__axion/metrics",
        "/__axion/%6detrics",
        "/__axion\\metrics",
      ]) {
        const { status, text } = await ask(where);
        expect([400, 404], where).toContain(status);
        expect(text, where).not.toContain("# TYPE");
      }
      for (const name of ["data-processing", "event-management", "codegen", "kafka", "postgres", "redis"])
        for (const host of [name, `${name}.localhost`])
          expect((await ask("/api/v1/health", host)).status, host).toBe(404);
    });
  },
);
