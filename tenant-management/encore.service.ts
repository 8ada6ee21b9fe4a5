import { Service } from "encore.dev/service";
import { tellOutage } from "../shared/database/outage.js";
import "./outbox-relay.js";

/** Tenants, their conversion and notification settings, and the data sources they convert between. */
export default new Service("tenant-management", { middlewares: [tellOutage] });
