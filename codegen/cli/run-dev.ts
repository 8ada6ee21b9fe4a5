import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

/** Installs a project's packages where they are missing, and runs its services until they are stopped. Returns the exit code. */
export async function runDev(dir: string): Promise<number> {
  if (!existsSync(path.join(dir, "node_modules"))) {
    const code = await npm(dir, ["install", "--no-audit", "--no-fund"]);
    if (code !== 0) return code;
  }
  return await npm(dir, ["run", "dev"]);
}

function npm(dir: string, args: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn("npm", args, { cwd: dir, stdio: "inherit", shell: process.platform === "win32" });
    // Both get the terminal's Ctrl-C; what runs there ends first, and its code is ours.
    const wait = () => {};
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, wait);
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)));
  });
}
