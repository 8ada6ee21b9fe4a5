import type { App } from "../app.js";
import { checkClients } from "./clients.js";
import { checkDuplicates } from "./duplicates.js";
import { checkEndpointTraps } from "./endpoint-traps.js";
import { checkExports } from "./exports.js";
import { checkHiddenResources } from "./hidden-resources.js";
import { checkPathConflicts } from "./path-conflicts.js";
import { checkPayloads } from "./payloads.js";
import { checkPlacement } from "./placement.js";
import { checkQueries } from "./queries.js";
import { checkTopicTraps } from "./topic-traps.js";
import { checkWireTraps } from "./wire-traps.js";

/** Checks the app as a whole: what is refused, and what is accepted but does not do what it says. */
export async function checkApp(app: App): Promise<void> {
  checkDuplicates(app);
  checkPathConflicts(app);
  checkPayloads(app);
  checkExports(app);
  checkClients(app);
  checkEndpointTraps(app);
  checkWireTraps(app);
  checkTopicTraps(app);
  checkPlacement(app);
  checkHiddenResources(app);
  await checkQueries(app);
}
