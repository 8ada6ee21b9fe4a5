/** Starts Axion for the demo, or finds the one that already runs. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A running Axion. `stop` is absent when the demo did not start it. */
export interface System {
  url: string;
  /** Seconds from launch to the first healthy answer; 0 when it ran before. */
  readySeconds: number;
  stop?: () => Promise<void>;
  /** Resolves when a started Axion ends. */
  ended?: Promise<number>;
}

/** Whether an Axion answers at `url`. */
export async function isRunning(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/v1/health`, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Starts `axion start` on the port and waits up to two minutes for it to be healthy. */
export async function startSystem(port: number, log: (line: string) => void): Promise<System> {
  const url = `http://localhost:${port}`;
  const began = performance.now();
  const child = spawn("axion", ["start", "--port", String(port)], {
    cwd: root,
    env: { ...process.env, PATH: `${root}/node_modules/.bin:${process.env.PATH ?? ""}` },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  const keep = (chunk: Buffer): void => {
    printed = (printed + chunk.toString()).slice(-20_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const ended = new Promise<number>((resolve) => {
    child.once("error", (error) => {
      printed += `\n${error.message}`;
      resolve(1);
    });
    child.once("exit", (code) => resolve(code ?? 1));
  });

  let exitCode: number | undefined;
  void ended.then((code) => {
    exitCode = code;
  });
  while (!(await isRunning(url))) {
    if (exitCode !== undefined) throw new Error(`Axion did not start (exit code ${exitCode}):\n${printed}`);
    if (performance.now() - began > 120_000) {
      await stop(child, ended);
      throw new Error(`Axion was not ready after two minutes:\n${printed}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const readySeconds = (performance.now() - began) / 1000;
  log(`Axion is ready at ${url} after ${readySeconds.toFixed(1)} s`);
  return { url, readySeconds, stop: () => stop(child, ended), ended };
}

async function stop(child: ChildProcess, ended: Promise<number>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
  await ended;
  clearTimeout(timer);
}
