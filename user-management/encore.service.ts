import { Service } from "encore.dev/service";
import { tellOutage } from "../shared/database/outage.js";
import { askDatabase } from "./library-outage.js";
import "./outbox-relay.js";

/** People, how they sign in, the tenants that they belong to, and what they may do there. */
export default new Service("user-management", { middlewares: [tellOutage, askDatabase] });
