import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { openLog } from "./run-command.js";

const stopMs = 12_000;

/** Variables by which a process says whose it is: so it is found again, whatever became of whoever started it. */
const marks = { root: "AXION_DEPLOYMENTS", deployment: "AXION_DEPLOYMENT", service: "AXION_SERVICE" };

/** A process of a deployed service. */
export interface ServiceProcess {
  pid: number;
  deploymentId: string;
  service: string;
}

export interface ServiceStart {
  root: string;
  deploymentId: string;
  service: string;
  program: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
}

/** Starts a service as a process that outlives this one. Throws where its program is not found. */
export async function startService(start: ServiceStart): Promise<void> {
  const output = openLog(start.logFile);
  const env = {
    ...start.env,
    [marks.root]: start.root,
    [marks.deployment]: start.deploymentId,
    [marks.service]: start.service,
  };
  const { program, args, cwd } = start;
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", output, output] });
  closeSync(output);
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  child.unref();
}

/** The processes of all deployments below a folder, or of one of them. */
export async function findProcesses(root: string, deploymentId?: string): Promise<ServiceProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => readProcess(root, pid)));
  return found.filter(
    (each): each is ServiceProcess =>
      each !== undefined && (deploymentId === undefined || each.deploymentId === deploymentId),
  );
}

/** Ends the processes of a deployment: first they are asked to, and after 12 s they are killed. */
export async function stopProcesses(root: string, deploymentId: string, service?: string): Promise<void> {
  const deadline = Date.now() + stopMs;
  for (let asked = false; ; asked = true) {
    const running = (await findProcesses(root, deploymentId)).filter(
      (each) => service === undefined || each.service === service,
    );
    if (running.length === 0) return;
    const late = Date.now() > deadline;
    if (!asked || late) for (const { pid } of running) signalProcess(pid, late ? "SIGKILL" : "SIGTERM");
    if (Date.now() > deadline + stopMs) {
      throw new Error(
        `Processes of the deployment ${deploymentId} do not end: ${running.map(({ pid }) => pid)}.`,
      );
    }
    await delay(100);
  }
}

/** Memory that a process holds, in bytes. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

async function readProcess(root: string, pid: number): Promise<ServiceProcess | undefined> {
  // A process of another user, or one that ends while it is looked at, is none of ours.
  const [environment, status] = await Promise.all([
    readFile(`/proc/${pid}/environ`, "utf8").catch(() => ""),
    readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""),
  ]);
  if (!environment.includes(marks.deployment) || / Z /.test(status.slice(status.lastIndexOf(")"))))
    return undefined;
  const values = new Map(
    environment.split("\0").map((entry) => {
      const at = entry.indexOf("=");
      return [entry.slice(0, at), entry.slice(at + 1)] as const;
    }),
  );
  const deploymentId = values.get(marks.deployment);
  const service = values.get(marks.service);
  if (values.get(marks.root) !== root || deploymentId === undefined || service === undefined)
    return undefined;
  return { pid, deploymentId, service };
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
