export { provisionDatabases } from "./provision-databases.js";
export { type ResolvedConfig, resolveConfig } from "./resolve-config.js";
export { checkedOutRevision } from "./revision.js";
export { readSettings } from "./settings.js";
