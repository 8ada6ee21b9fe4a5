import { closeClients } from "./calls/http-client.js";
import { host } from "./host.js";
import { hostHooks } from "./host-hooks.js";
import { markShuttingDown } from "./http/health.js";
import { HttpServer } from "./http/server.js";
import { flushLogs } from "./log-sink.js";
import { info, logError, warn } from "./logger.js";
import { onShutdown, runReadyHooks, runShutdownHooks } from "./shutdown.js";
import { stopTraceExport } from "./tracing/export.js";

const FORCED = 1;
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

/** Serves the app until the process is told to end. Resolves with the exit code. */
export async function serve(): Promise<number> {
  const { config } = host();
  const server = new HttpServer(config);
  onShutdown("drain", () => server.drain());
  onShutdown("close", closeClients);
  const ended = endOnSignal(server, config.shutdown.totalMs);
  try {
    await runReadyHooks((error) => logError("a part of the app failed to start", error));
    const address = await server.listen();
    hostHooks()?.ready(address);
  } catch (error) {
    flushLogs();
    const hooks = hostHooks();
    if (hooks) return hooks.failed(error as Error);
    throw error;
  }
  const code = await ended;
  await hostHooks()?.stopped();
  return code;
}

/** The first signal ends the process in order and within the time allowed; the second one ends it at once. */
function endOnSignal(server: HttpServer, totalMs: number): Promise<number> {
  return new Promise((resolve) => {
    let ending = false;
    const onSignal = (signal: keyof typeof SIGNALS): void => {
      if (ending) process.exit(128 + SIGNALS[signal]);
      ending = true;
      info(`received ${signal}, shutting down`);
      end(server, totalMs).then(resolve, () => resolve(FORCED));
    };
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, onSignal);
  });
}

async function end(server: HttpServer, totalMs: number): Promise<number> {
  markShuttingDown();
  await keepAccepting(totalMs);
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<number>((resolve) => {
    timer = setTimeout(() => {
      warn("shutdown took too long: what still runs is cut off", { limit_ms: totalMs });
      server.terminate();
      resolve(FORCED);
    }, totalMs);
  });
  const code = await Promise.race([inOrder(), deadline]);
  clearTimeout(timer);
  flushLogs();
  return code;
}

async function inOrder(): Promise<number> {
  await runShutdownHooks((error) => logError("a part of the app failed to stop", error));
  await stopTraceExport();
  return 0;
}

/** Behind a load balancer that needs time to notice the failing health check, requests are taken a while longer. */
async function keepAccepting(totalMs: number): Promise<void> {
  const grace = Number(process.env.ENCORE_K8S_GRACE_TERMINATION_SECONDS ?? 0) * 1000 - totalMs;
  if (grace > 0) await new Promise((resolve) => setTimeout(resolve, grace));
}
