// Finding a Node that can run the host, and running on it. Must itself run on an old Node.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { Socket } from "node:net";
import path from "node:path";

const MINIMUM = [22, 12];
const PARENT_FD = 3;

/** Whether a version such as "20.20.0" is below what the host needs. */
export function isNodeTooOld(version) {
  const [major, minor] = version.split(".").map(Number);
  return major < MINIMUM[0] || (major === MINIMUM[0] && minor < MINIMUM[1]);
}

/** The binary of the npm package `node` installed in `startDir` or above it, when it is new enough. */
export function findInstalledNode(startDir) {
  for (let dir = path.resolve(startDir); ; dir = path.dirname(dir)) {
    const home = path.join(dir, "node_modules", "node");
    const binary = path.join(home, "bin", process.platform === "win32" ? "node.exe" : "node");
    if (existsSync(binary)) {
      const { version } = JSON.parse(readFileSync(path.join(home, "package.json"), "utf8"));
      if (!isNodeTooOld(version)) return binary;
    }
    if (dir === path.dirname(dir)) return undefined;
  }
}

/** Runs this same command line on the newer Node, passing on signals and the exit code. */
export async function runOnNewerNode(packageDir) {
  const binary = findInstalledNode(packageDir) ?? findInstalledNode(process.cwd());
  if (!binary) {
    console.error(
      `axion needs Node ${MINIMUM.join(".")} or newer; this is ${process.version}.\n` +
        "Install a newer Node, or put one into this project: npm install node@24",
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(binary, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: ["inherit", "inherit", "inherit", "pipe"],
    env: { ...process.env, AXION_PARENT_FD: String(PARENT_FD) },
  });
  // A terminal sends Ctrl-C to both processes; anything else reaches this one alone.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  const [code, signal] = await new Promise((resolve, reject) => {
    child.on("exit", (...outcome) => resolve(outcome));
    child.on("error", reject);
  });
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  process.exitCode = code ?? 1;
}

/** In the process started by `runOnNewerNode`: ends when its starter was killed, so that no server is left behind. */
export function watchParent() {
  const fd = Number(process.env.AXION_PARENT_FD);
  delete process.env.AXION_PARENT_FD;
  if (!fd) return;
  const pipe = new Socket({ fd, readable: true, writable: false });
  pipe.on("close", () => process.kill(process.pid, "SIGKILL"));
  pipe.on("error", () => pipe.destroy());
  pipe.resume();
  pipe.unref();
}
