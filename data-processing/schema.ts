export { outbox } from "../shared/events/outbox.js";
export * from "./tables/discovery.js";
export * from "./tables/executions.js";
export * from "./tables/jobs.js";
export * from "./tables/rules.js";
export * from "./tables/shadow-runs.js";
export * from "./tables/triggers.js";
