/** The wire types of the module, by topic. */
export type * from "./execution-types.js";
export type * from "./explain-types.js";
export type * from "./expression-types.js";
export type * from "./job-types.js";
export type * from "./rollout-types.js";
export type * from "./rule-file-types.js";
export type * from "./rule-types.js";
export type * from "./sample-types.js";
export type * from "./shadow-types.js";
export type * from "./undo-types.js";
