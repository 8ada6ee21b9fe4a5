import { and, eq, inArray } from "drizzle-orm";
import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { db } from "../db.js";
import { deadLetters } from "../schema.js";

export interface DeadLetterFigures {
  /** Dead letters of the tenant that wait. */
  total: number;
}

/** How many events of the tenant a subscription gave up on that are not settled. */
export const getDeadLetterFigures = api(
  { method: "GET", path: "/figures/dead-letters", expose: false, auth: true },
  async (): Promise<DeadLetterFigures> => {
    const { tenantId } = requireIdentity();
    return {
      total: await withTenant(db, tenantId, (tx) =>
        tx.$count(
          deadLetters,
          and(eq(deadLetters.tenantId, tenantId), inArray(deadLetters.state, ["open", "replaying"])),
        ),
      ),
    };
  },
);
