import { join } from "node:path";
import { copyApp } from "../lib/copy-app.ts";
import { median } from "../lib/load.ts";
import { freePort, launch, untilReady } from "../lib/process.ts";
import type { BenchOptions } from "./bench.ts";

/** Seconds from launch to the first healthy answer of Axion itself. */
export interface StartFigures {
  /** On a fresh copy: reading, bundling, a new Postgres, all migrations. */
  firstReadySeconds: number;
  /** On what the first start left: the median of several. */
  readySeconds: number;
  [figure: string]: number;
}

/** Starts a copy of this app for the first time, then again and again. */
export async function measureStart({ root, scratch, quick }: BenchOptions): Promise<StartFigures> {
  const app = join(scratch, "start");
  await copyApp(root, ".", app);
  const once = async (): Promise<number> => {
    const port = await freePort();
    const running = launch(
      join(root, "node_modules/.bin/axion"),
      ["start", "--app", app, "--port", String(port)],
      {
        cwd: app,
      },
    );
    try {
      return await untilReady(`http://127.0.0.1:${port}/__encore/healthz`, running, 120);
    } finally {
      await running.stop();
    }
  };
  const firstReadySeconds = await once();
  const later: number[] = [];
  for (let n = 0; n < (quick ? 3 : 7); n++) later.push(await once());
  const readySeconds = median(later);
  console.log(`ready after ${firstReadySeconds.toFixed(2)} s at first, ${readySeconds.toFixed(2)} s later`);
  return { firstReadySeconds: round(firstReadySeconds), readySeconds: round(readySeconds) };
}

function round(seconds: number): number {
  return Number(seconds.toFixed(3));
}
