import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { currentRequest } from "encore.dev";
import { APIError, ErrCode } from "encore.dev/api";
import log from "encore.dev/log";
import type { ArchiveContent } from "../codegen/types.js";

const statuses: Partial<Record<ErrCode, number>> = {
  [ErrCode.NotFound]: 404,
  [ErrCode.FailedPrecondition]: 400,
  [ErrCode.InvalidArgument]: 400,
  [ErrCode.Unavailable]: 503,
};

/** Sends an archive part by part, as fast as the caller takes it. `parameter` names the path parameter with its id. */
export async function sendArchive(
  response: ServerResponse,
  parameter: string,
  read: (id: string, offset: number) => Promise<ArchiveContent>,
): Promise<void> {
  const call = currentRequest();
  const id = call?.type === "api-call" ? String(call.pathParams[parameter]) : "";
  try {
    let part = await read(id, 0);
    response.setHeader("content-type", "application/gzip");
    response.setHeader("content-disposition", `attachment; filename="${part.fileName}"`);
    response.setHeader("content-length", part.totalBytes);
    response.setHeader("etag", `"${part.sha256}"`);
    response.setHeader("cache-control", "private, no-store");
    for (let sent = 0; ; ) {
      if (response.destroyed) return;
      const bytes = Buffer.from(part.base64, "base64");
      sent += bytes.length;
      if (!response.write(bytes)) await Promise.race([once(response, "drain"), once(response, "close")]);
      if (sent >= part.totalBytes || bytes.length === 0) break;
      part = await read(id, sent);
    }
    response.end();
  } catch (error) {
    refuse(response, error);
  }
}

/** Answers with the error, or cuts the answer off where it has begun, so that nobody takes it for a whole one. */
function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    log.error(error, "archive download interrupted");
    response.destroy();
    return;
  }
  const known = error instanceof APIError ? error : APIError.internal("An internal error occurred.");
  if (known !== error) log.error(error, "archive download failed");
  const { code, message, details } = known;
  response.statusCode = statuses[code] ?? 500;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ code, message, details: details ?? null }));
}
