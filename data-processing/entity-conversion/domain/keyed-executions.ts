import { createHash } from "node:crypto";
import { and, eq, lt, type SQL, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import type { Db } from "../../db.js";
import { executions } from "../../schema.js";
import type { ExecuteConversionRequest, ExecuteConversionResponse } from "../types.js";

/** The execution that a key stands for: a UUID (version 8) which its links carry, so that it is known again after a crash. */
export function executionIdOf(tenantId: string, idempotencyKey: string): string {
  const hex = createHash("sha256")
    .update(JSON.stringify(["execution", tenantId, idempotencyKey]))
    .digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The answer that was kept of an execution. Throws `invalidArgument` where that was another request. */
export function answerOf(
  known: typeof executions.$inferSelect,
  request: ExecuteConversionRequest,
): ExecuteConversionResponse {
  if (known.ruleId === request.ruleId.toLowerCase() && known.sourceRecordId === request.sourceRecordId)
    return known.answer;
  throw APIError.invalidArgument(
    "idempotencyKey: it was used for the conversion of another record, or by another rule.",
  ).withDetails({ reason: "idempotency_key_reused", path: "idempotencyKey" });
}

/** The statements that keep an answer under its key for a day. */
export function keepAnswer(
  db: Db,
  tenantId: string,
  request: ExecuteConversionRequest & { idempotencyKey: string },
  answer: ExecuteConversionResponse,
): SQL[] {
  const { idempotencyKey, ruleId, sourceRecordId } = request;
  const old = and(eq(executions.tenantId, tenantId), lt(executions.createdAt, sql`now() - interval '1 day'`));
  return [
    db.delete(executions).where(old).getSQL(),
    db
      .insert(executions)
      .values({ tenantId, idempotencyKey, ruleId, sourceRecordId, answer })
      .onConflictDoNothing()
      .getSQL(),
  ];
}
