import {
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  isTaskCancelledError,
  TimeoutStrategy,
  timeout,
  wrap,
} from "cockatiel";
import { APIError } from "encore.dev/api";
import log from "encore.dev/log";
import type { Permission } from "../../user-management/types.js";
import type { Overview, OverviewNote } from "./types.js";

type PartName = OverviewNote["part"];

/** A part of the overview that could be read, or the note that says why not. */
type PartResult = { values: Partial<Overview> } | { note: OverviewNote };

/** Reads one part of the overview, for a caller with these permissions. */
export type ReadPart = (permissions: string[]) => Promise<PartResult>;

export interface PartOptions<T> {
  /** What the caller needs; absent where every member may see the part. */
  permission?: Permission;
  read: () => Promise<T>;
  /** An answer that takes longer counts as none; 2 s by default. */
  timeoutMs?: number;
  /** A failing service is left alone for so long; 10 s by default. */
  restMs?: number;
}

/** Failures in a row after which a service is left alone. */
const failuresToRest = 5;

/**
 * A part that fails by itself: an error or a late answer becomes a note, and a service that fails time after time is
 * not asked for a while (circuit breaker), so that an overview stays quick.
 */
export function overviewPart<K extends PartName>(name: K, options: PartOptions<Overview[K]>): ReadPart {
  const { permission, read, timeoutMs = 2_000, restMs = 10_000 } = options;
  const policy = wrap(
    circuitBreaker(handleWhen(isFailure), {
      halfOpenAfter: restMs,
      breaker: new ConsecutiveBreaker(failuresToRest),
    }),
    timeout(timeoutMs, TimeoutStrategy.Aggressive),
  );
  return async (permissions) => {
    if (permission !== undefined && !permissions.includes(permission)) {
      return note(name, "permission_missing", `This needs the permission ${permission}.`);
    }
    try {
      return { values: { [name]: await policy.execute(read) } };
    } catch (error) {
      log.warn(error as Error, "a part of the overview is missing", { part: name });
      return isTaskCancelledError(error)
        ? note(name, "timeout", `There was no answer within ${timeoutMs} ms.`)
        : note(name, "unavailable", "The service does not answer at the moment.");
    }
  };
}

/** All parts at the same time, in one answer. */
export async function collectParts(parts: ReadPart[], permissions: string[]): Promise<Overview> {
  const results = await Promise.all(parts.map((part) => part(permissions)));
  const overview: Overview = { generatedAt: new Date(), notes: [] };
  for (const result of results) {
    if ("note" in result) overview.notes.push(result.note);
    else Object.assign(overview, result.values);
  }
  return overview;
}

/** Answers that are about the caller say nothing of the service's health. */
function isFailure(error: unknown): boolean {
  const callersFault = ["permission_denied", "not_found", "invalid_argument", "failed_precondition"];
  return !(error instanceof APIError && callersFault.includes(error.code));
}

function note(part: PartName, reason: OverviewNote["reason"], message: string): PartResult {
  return { note: { part, reason, message } };
}
