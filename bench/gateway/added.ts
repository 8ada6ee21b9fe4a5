import { Agent, request } from "node:http";
import { median } from "../lib/load.ts";
import type { MeasuredApp } from "./measured-app.ts";

/** Medians in milliseconds: of the open route, and of what the gateway adds to it for each kind of credential. */
export interface Added {
  open: number;
  jwt: number;
  apiKey: number;
}

/**
 * Asks each app for the same row with nothing, a JSON Web Token and an API key in turn, one request at a time over one
 * kept connection, and compares the medians. The first tenth is not counted.
 */
export async function measureAdded(
  apps: MeasuredApp[],
  { requests }: { requests: number },
): Promise<Added[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times = apps.map(() => ({ open: [] as number[], jwt: [] as number[], apiKey: [] as number[] }));
  try {
    for (let count = 0; count < requests; count++) {
      for (const [index, app] of apps.entries()) {
        const measured = {
          open: await timed(agent, app.url + app.openPath, {}),
          jwt: await timed(agent, app.url + app.path, app.jwt),
          apiKey: await timed(agent, app.url + app.path, app.apiKey),
        };
        if (count < requests / 10) continue;
        for (const kind of ["open", "jwt", "apiKey"] as const) times[index]![kind].push(measured[kind]);
      }
    }
  } finally {
    agent.destroy();
  }
  return times.map(({ open, jwt, apiKey }) => ({
    open: median(open),
    jwt: median(jwt) - median(open),
    apiKey: median(apiKey) - median(open),
  }));
}

/** Milliseconds from sending a request to the end of its answer. */
function timed(agent: Agent, url: string, headers: Record<string, string>): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    request(url, { agent, headers, timeout: 10_000 }, (response) => {
      response.resume();
      response.once("end", () => {
        if (response.statusCode === 200) resolve(performance.now() - started);
        else reject(new Error(`${url} answers ${response.statusCode}`));
      });
    })
      .once("error", reject)
      .end();
  });
}
