import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { APIError, api, ErrCode } from "encore.dev/api";
import log from "encore.dev/log";
import { data_processing } from "~encore/clients";
import type { JobFailure, ListJobFailuresResponse } from "../data-processing/entity-conversion/types.js";
import { csvLine } from "../shared/csv.js";

const pageSize = 1_000;
const slowReaderMs = 60_000;

/** The records that a job could not convert, as CSV (RFC 4180): record, field path, code and reason of each. */
export const downloadJobFailures = api.raw(
  { method: "GET", path: "/api/v1/conversion/jobs/:jobId/failures.csv", expose: true, auth: true },
  async (request, response) => {
    const jobId = jobIdOf(request);
    let page: ListJobFailuresResponse;
    try {
      page = await data_processing.listJobFailures({ jobId, limit: pageSize });
    } catch (error) {
      refuse(response, error);
      return;
    }
    response.writeHead(200, {
      "Content-Type": "text/csv; charset=utf-8; header=present",
      "Content-Disposition": `attachment; filename="failures-${jobId}.csv"`,
      "Cache-Control": "no-store",
    });
    try {
      await write(response, csvLine(["record", "path", "code", "reason"]));
      for (;;) {
        await write(response, page.failures.map(failureLine).join(""));
        if (page.nextCursor === undefined) break;
        page = await data_processing.listJobFailures({ jobId, limit: pageSize, cursor: page.nextCursor });
      }
      response.end();
    } catch (error) {
      // A file that ends early must not look whole: the connection breaks off.
      log.warn(error, "download of a job's failures broke off", { jobId });
      response.destroy();
    }
  },
);

/** The id in the path; the route has matched, so that it is there. */
function jobIdOf(request: IncomingMessage): string {
  const path = (request.url ?? "").split("?")[0] ?? "";
  return path.split("/").at(-2)?.slice(0, 200) ?? "";
}

function failureLine({ sourceRecordId, reason }: JobFailure): string {
  return csvLine([sourceRecordId, reason.path ?? "", reason.code, reason.message]);
}

async function write(response: ServerResponse, text: string): Promise<void> {
  if (response.destroyed) throw new Error("The reader has gone.");
  if (text === "" || response.write(text)) return;
  await once(response, "drain", { signal: AbortSignal.timeout(slowReaderMs) });
}

const statuses: Partial<Record<ErrCode, number>> = {
  [ErrCode.NotFound]: 404,
  [ErrCode.PermissionDenied]: 403,
  [ErrCode.FailedPrecondition]: 400,
  [ErrCode.Unavailable]: 503,
};

/** Answers with an error in the form that typed endpoints have. */
function refuse(response: ServerResponse, error: unknown): void {
  const known = error instanceof APIError && statuses[error.code] !== undefined ? error : undefined;
  if (!known) log.error(error, "failures of a job not readable");
  const body = {
    code: known?.code ?? ErrCode.Internal,
    message: known?.message ?? "The failures cannot be read.",
    details: known?.details ?? null,
  };
  response.writeHead(known ? (statuses[known.code] ?? 500) : 500, { "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
}
