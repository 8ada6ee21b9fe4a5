import { eq } from "drizzle-orm";
import { api } from "encore.dev/api";
import { requireIdentity } from "../shared/tenancy/identity.js";
import { withTenant } from "../shared/tenancy/with-tenant.js";
import { db } from "./db.js";
import { projects } from "./schema.js";

export interface ProjectFigures {
  /** All projects of the tenant. */
  total: number;
}

/** How many projects the tenant has. */
export const getProjectFigures = api(
  { method: "GET", path: "/figures/projects", expose: false, auth: true },
  async (): Promise<ProjectFigures> => {
    const { tenantId } = requireIdentity();
    return {
      total: await withTenant(db, tenantId, (tx) => tx.$count(projects, eq(projects.tenantId, tenantId))),
    };
  },
);
