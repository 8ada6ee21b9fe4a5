import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Project } from "../../examples/projects/check/project.ts";
import { type Memory, memoryOf } from "./server-process.ts";

/** Time to generate the project of twenty services, and the memory of all of them at once (on Linux). */
export async function measureTwenty(dir: string, quick: boolean): Promise<Record<string, number>> {
  const project = new Project("twenty", dir);
  const seconds: number[] = [];
  for (let run = 0; run < (quick ? 2 : 5); run++) seconds.push(await project.generate());
  const figures = { generateSeconds: Number(Math.min(...seconds).toFixed(2)) };
  if (process.platform !== "linux") return figures;
  await project.npm(["install", "--no-audit", "--no-fund"], 300);
  await project.npm(["run", "build"], 300);
  const running = await project.start();
  try {
    await delay(2_000);
    const memory = servicesOf(dir);
    if (memory.length !== 20) throw new Error(`${memory.length} of 20 services run`);
    const sum = (of: keyof Memory) => Math.round(memory.reduce((total, each) => total + each[of], 0));
    return { ...figures, twentyServicesMb: sum("pss"), twentyServicesRssMb: sum("rss") };
  } finally {
    await running.stop();
  }
}

/** Memory of the processes whose folder is a service of the project. */
function servicesOf(dir: string): Memory[] {
  const services = join(dir, "services");
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(`${services}/`);
      } catch {
        return false; // It has ended.
      }
    })
    .map((pid) => memoryOf(Number(pid)));
}
