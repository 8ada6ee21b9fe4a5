import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../../../bench/lib/process.js";
import {
  edgeArguments,
  edgeOptions,
} from "../../../generator/templates/workspace/scripts/docker/edge-process.js";
import type { DockerConfig } from "../../../generator/templates/workspace/scripts/docker/service-config.js";

/** The real program; without it these tests are skipped. */
export const traefikProgram = process.env.TRAEFIK_BIN;

export interface Edge {
  /** Ports of its two entry points. */
  http: number;
  https: number;
  stop(): Promise<void>;
}

/**
 * Starts Traefik in a project's folder with the options that the project gives it, on ports of its own: with the routes
 * of its files, or with those of the containers at `dockerEndpoint`.
 */
export async function startTraefik(
  folder: string,
  config: DockerConfig,
  dockerEndpoint?: string,
): Promise<Edge> {
  const [http, https] = [await freePort(), await freePort()];
  const provider = dockerEndpoint === undefined ? "file" : "docker";
  const wanted = [
    ["--entrypoints.web.address", `:${http}`],
    ["--entrypoints.websecure.address", `:${https}`],
    ...(dockerEndpoint === undefined ? [] : [["--providers.docker.endpoint", dockerEndpoint]]),
  ];
  const own = edgeArguments(edgeOptions(config, provider)).filter(
    (argument) => !wanted.some(([name]) => argument.startsWith(`${name}=`)),
  );
  const child = spawn(traefikProgram!, [...own, ...wanted.map((pair) => pair.join("="))], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-20_000);
    });
  const deadline = Date.now() + 20_000;
  while (!(await listens(https))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`Traefik did not start:\n${log}`);
    await delay(50);
  }
  return { http, https, stop: () => end(child) };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
