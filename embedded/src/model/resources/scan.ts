import { readAuthHandlers } from "./auth-handler.js";
import { readBuckets } from "./bucket.js";
import { readCaches } from "./cache.js";
import { readCronJobs } from "./cron.js";
import { readDatabases } from "./database.js";
import { readEndpoints } from "./endpoint.js";
import { readGateways } from "./gateway.js";
import { readMetrics } from "./metric.js";
import type { Pass } from "./resource.js";
import { readSecrets } from "./secret.js";
import { readService } from "./service.js";
import { readSubscriptions } from "./subscription.js";
import { readTopics } from "./topic.js";

/** Reads every resource of a module. The service comes first: others take its name. */
export function scanModule(pass: Pass): void {
  readService(pass);
  readEndpoints(pass);
  readAuthHandlers(pass);
  readGateways(pass);
  readDatabases(pass);
  readBuckets(pass);
  readTopics(pass);
  readSubscriptions(pass);
  readCronJobs(pass);
  readSecrets(pass);
  readMetrics(pass);
  readCaches(pass);
}
