import { postgresError } from "../../sources/postgres-errors.js";
import type { CaptureWorld } from "./capture-workspace.js";
import { type EntityChanges, type Match, matchChanges } from "./match-changes.js";

/** As `matchChanges`; where the entity is no longer as the cached schema has it, by the live one. */
export async function matchFresh(
  on: Pick<CaptureWorld, "world">,
  tenantId: string,
  given: EntityChanges,
): Promise<Match[]> {
  try {
    return await matchChanges(on.world(tenantId, { fresh: false }), given);
  } catch (error) {
    // Class 42: what a statement names is not there.
    if (!postgresError(error)?.code.startsWith("42")) throw error;
    return await matchChanges(on.world(tenantId, { fresh: true }), given);
  }
}
