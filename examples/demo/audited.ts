import type { AuditEntriesResponse } from "../../event-management/audit/types.ts";
import type { Api } from "./api.ts";

const recordTypes = ["entity-converted", "entity-unchanged", "entity-skipped", "conversion-failed"];

/** How many records the audit log tells of, for a job or for a rule. */
export async function auditedRecords(api: Api, of: { jobId: string } | { ruleId: string }): Promise<number> {
  const filter = new URLSearchParams({ ...of, count: "true", limit: "1" });
  const answers = await Promise.all(
    recordTypes.map((type) =>
      api.get<AuditEntriesResponse>(`/api/v1/audit/entries?${filter}&eventType=${type}`),
    ),
  );
  return answers.reduce((sum, { total }) => sum + (total ?? 0), 0);
}
