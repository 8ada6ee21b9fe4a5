import { APIError, api } from "encore.dev/api";
import { event_management } from "~encore/clients";
import { csvHeading, csvOf } from "../event-management/audit/domain/export-lines.js";
import type { AuditExportFilters } from "../event-management/audit/types.js";
import { answerError, writeTo } from "./raw-answers.js";

const texts = ["eventType", "ruleId", "jobId", "performedBy", "recordId"] as const;
const instants = ["from", "to"] as const;
const formats = { ndjson: "application/x-ndjson", csv: "text/csv; charset=utf-8; header=present" };

/**
 * The tenant's audit log as a file, `format=ndjson` (the default) or `csv`, that can be verified offline. The filters
 * of the list of entries choose which are told in full.
 */
export const exportAuditLog = api.raw(
  { method: "GET", path: "/api/v1/audit/export", expose: true, auth: true },
  async (request, response) => {
    try {
      const { format, filters } = readQuery(request.url ?? "");
      let part = await event_management.readAuditExportPart(filters);
      response.writeHead(200, {
        "Content-Type": formats[format],
        "Content-Disposition": `attachment; filename="audit-log.${format}"`,
        "Cache-Control": "private, no-store",
      });
      if (format === "csv") await writeTo(response, csvHeading);
      for (;;) {
        await writeTo(response, format === "csv" ? csvLines(part.lines) : part.lines);
        if (part.nextCursor === undefined) break;
        part = await event_management.readAuditExportPart({ ...filters, cursor: part.nextCursor });
      }
      response.end();
    } catch (error) {
      answerError(response, error);
    }
  },
);

function csvLines(ndjson: string): string {
  return ndjson
    .split("\n")
    .filter((line) => line !== "")
    .map(csvOf)
    .join("");
}

function readQuery(url: string): { format: keyof typeof formats; filters: AuditExportFilters } {
  const query = new URL(url, "http://axion").searchParams;
  const format = query.get("format") ?? "ndjson";
  if (format !== "ndjson" && format !== "csv")
    throw APIError.invalidArgument("format: must be ndjson or csv.");
  const filters: AuditExportFilters = {};
  for (const name of texts) filters[name] = query.get(name) ?? undefined;
  for (const name of instants) {
    const text = query.get(name);
    if (text === null) continue;
    const at = new Date(text);
    if (Number.isNaN(at.getTime())) throw APIError.invalidArgument(`${name}: must be an ISO 8601 instant.`);
    filters[name] = at;
  }
  return { format, filters };
}
