import { createHash } from "node:crypto";
import { and, eq, lt, sql } from "drizzle-orm";
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

/** The answer to an earlier execution with this key. Throws `invalidArgument` where that was another request. */
export async function findAnswer(
  tx: Db,
  tenantId: string,
  request: ExecuteConversionRequest & { idempotencyKey: string },
): Promise<ExecuteConversionResponse | undefined> {
  const [known] = await tx
    .select()
    .from(executions)
    .where(and(eq(executions.tenantId, tenantId), eq(executions.idempotencyKey, request.idempotencyKey)));
  if (!known) return undefined;
  if (known.ruleId === request.ruleId && known.sourceRecordId === request.sourceRecordId) return known.answer;
  throw APIError.invalidArgument(
    "idempotencyKey: it was used for the conversion of another record, or by another rule.",
  ).withDetails({ reason: "idempotency_key_reused", path: "idempotencyKey" });
}

/** Keeps an answer under its key for a day. */
export async function keepAnswer(
  tx: Db,
  tenantId: string,
  request: ExecuteConversionRequest & { idempotencyKey: string },
  answer: ExecuteConversionResponse,
): Promise<void> {
  const { idempotencyKey, ruleId, sourceRecordId } = request;
  await tx
    .delete(executions)
    .where(and(eq(executions.tenantId, tenantId), lt(executions.createdAt, sql`now() - interval '1 day'`)));
  await tx
    .insert(executions)
    .values({ tenantId, idempotencyKey, ruleId, sourceRecordId, answer })
    .onConflictDoNothing();
}
