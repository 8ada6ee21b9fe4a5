import { afterAll, beforeAll } from "vitest";
import { faultTests } from "./over-http/faults.js";
import { fuzzTests } from "./over-http/fuzz.js";
import { isolationTests } from "./over-http/isolation.js";
import { type StartedApp, startApp } from "./support/started-app.js";

let app: StartedApp;

beforeAll(async () => {
  app = await startApp();
}, 120_000);

afterAll(() => app?.stop());

// One started application serves all three; what breaks parts of it comes last.
isolationTests(() => app);
fuzzTests(() => app);
faultTests(() => app);
