import { hasEvents } from "../../model/has-database.js";
import type { FeatureOf } from "./feature.js";

/** What events, caches and jobs count. */
export const counters: FeatureOf = (_project, service) => {
  const redis = service.caches.some(({ store }) => store === "redis");
  const gauges = hasEvents(service) || service.jobs.length > 0 || redis;
  if (!gauges && service.caches.length === 0) return {};
  return {
    files: [{ path: "src/counters.ts", template: "src/counters.ts", view: { gauges } }],
    metrics: [{ module: "./counters.js", name: "counterLines" }],
  };
};
