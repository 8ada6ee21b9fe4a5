import { afterAll, beforeAll } from "vitest";
import { conditionalChangesTests } from "./over-http/conditional-changes.js";
import { eventsInAndOutTests } from "./over-http/events-in-and-out.js";
import { faultTests } from "./over-http/faults.js";
import { fuzzTests } from "./over-http/fuzz.js";
import { isolationTests } from "./over-http/isolation.js";
import { twoInstancesTests } from "./over-http/two-instances.js";
import { type StartedApp, startApp } from "./support/started-app.js";

let app: StartedApp;

beforeAll(async () => {
  app = await startApp();
}, 120_000);

afterAll(() => app?.stop());

// One started application serves all; what breaks parts of it comes last.
isolationTests(() => app);
fuzzTests(() => app);
twoInstancesTests(() => app);
eventsInAndOutTests(() => app);
conditionalChangesTests(() => app);
faultTests(() => app);
