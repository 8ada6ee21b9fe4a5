import { z } from "zod";
import { isLocalDevelopment } from "../shared/environment.js";
import type { TenantPlan } from "./types.js";

const plan = z.enum(["free", "team", "enterprise"]);

/** Plan of new tenants: `AXION_DEFAULT_PLAN`, else `enterprise` in local development and `free` anywhere else. */
export function defaultPlan(): TenantPlan {
  const configured = process.env.AXION_DEFAULT_PLAN;
  if (configured !== undefined && configured !== "") return plan.parse(configured);
  return isLocalDevelopment() ? "enterprise" : "free";
}
