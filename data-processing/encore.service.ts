import { Service } from "encore.dev/service";
import { tellOutage } from "../shared/database/outage.js";
import "./job-worker.js";
import "./outbox-relay.js";
import "./trigger-worker.js";

/** Turns records of one entity into records of another by rules, and reads the schemas that rules stand on. */
export default new Service("data-processing", { middlewares: [tellOutage] });
