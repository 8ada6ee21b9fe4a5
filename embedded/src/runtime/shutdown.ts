/**
 * How the process ends, in three phases: stop fetching work, wait for what
 * runs, close what work needed.
 */
export type ShutdownPhase = "stop-intake" | "drain" | "close";

type Hook = () => Promise<void> | void;

const PHASES: ShutdownPhase[] = ["stop-intake", "drain", "close"];
const hooks: Record<ShutdownPhase, Hook[]> = { "stop-intake": [], drain: [], close: [] };
const readyHooks: Hook[] = [];
let ready: ((error: unknown) => void) | undefined;

/** Registers what a part of the runtime does when the process ends. */
export function onShutdown(phase: ShutdownPhase, hook: Hook): void {
  hooks[phase].push(hook);
}

/** Registers what a part does once the app is loaded, before the port opens (main thread only). Later than that: at once. */
export function onReady(hook: Hook): void {
  if (!ready) readyHooks.push(hook);
  else Promise.resolve().then(hook).catch(ready);
}

/** Runs the start hooks, side by side; the first failure refuses the start. `report` gets those of hooks that come later. */
export async function runReadyHooks(report: (error: unknown) => void): Promise<void> {
  ready = report;
  await Promise.all(readyHooks.map((hook) => hook()));
}

/** Runs the phases in order; the hooks of a phase run side by side. Failures are reported, not thrown. */
export async function runShutdownHooks(report: (error: unknown) => void): Promise<void> {
  for (const phase of PHASES) {
    const results = await Promise.allSettled(hooks[phase].map(async (hook) => hook()));
    for (const result of results) if (result.status === "rejected") report(result.reason);
  }
}
