import { Service } from "encore.dev/service";
import "./outbox-relay.js";

/** Tenants, their conversion and notification settings, and the data sources they convert between. */
export default new Service("tenant-management");
