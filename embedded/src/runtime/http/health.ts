import type { HostConfig } from "../host-config.js";

let shuttingDown = false;

/** From now on the health check answers 503, so that load balancers stop sending requests. */
export function markShuttingDown(): void {
  shuttingDown = true;
}

/** The answer of `/__encore/healthz`. */
export function healthCheck(meta: HostConfig["meta"]): { status: number; body: string } {
  const details = {
    app_slug: meta.appId,
    env_name: meta.envName,
    app_revision: meta.revision,
    encore_compiler: "",
    deploy_id: meta.deployId.replace(/^roll_/, ""),
    checks: [],
    enabled_experiments: [],
  };
  return shuttingDown
    ? {
        status: 503,
        body: JSON.stringify({ code: "shutting_down", message: "Service is shutting down", details }),
      }
    : {
        status: 200,
        body: JSON.stringify({ code: "ok", message: "Your Encore app is up and running!", details }),
      };
}
