import { Service } from "encore.dev/service";
import { requirePermission } from "./require-permission.js";

/** The public API, `/api/v1`: authenticates callers, checks their permissions, and hands on to the services. */
export default new Service("api-gateway", { middlewares: [requirePermission] });
