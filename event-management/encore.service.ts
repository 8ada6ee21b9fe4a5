import { Service } from "encore.dev/service";
import { tellOutage } from "../shared/database/outage.js";
import "./outbox-relay.js";

/** Follows events: writes the audit log, keeps statistics, notifies people, and starts automatic conversions. */
export default new Service("event-management", { middlewares: [tellOutage] });
