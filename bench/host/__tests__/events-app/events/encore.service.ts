import { Service } from "encore.dev/service";

/** Publishes to itself and measures how long messages take. */
export default new Service("events");
