import { APIError } from "encore.dev/api";
import type { QuietHours } from "../../tenant-management/types.js";
import { isNotifiableName } from "./event-types.js";

const eventTypePattern = /^[a-z][a-z0-9]*([-.][a-z0-9]+)*$/;
const clockPattern = /^([01]\d|2[0-3]):[0-5]\d$/;
const ruleIdPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const mostEventTypes = 100;
const mostRules = 100;

/** The event types once each, if there are such, or `*` for all. */
export function checkEventTypes(field: string, eventTypes: string[]): string[] {
  requireAtMost(field, eventTypes, mostEventTypes);
  eventTypes.forEach((eventType, index) => {
    if (eventType !== "*") checkEventType(`${field}[${index}]`, eventType);
  });
  return [...new Set(eventTypes)];
}

/** Refuses what is no type or kind of event, and what cannot be the name of one of the tenant's own. */
export function checkEventType(field: string, eventType: string): void {
  if (eventType.length <= 64 && eventTypePattern.test(eventType) && isNotifiableName(eventType)) return;
  throw refusal(
    field,
    `${JSON.stringify(eventType.slice(0, 80))} is no event type: GET /api/v1/notifications/event-types lists them, ` +
      "your own begin with custom. and * stands for all.",
    "unknown_event_type",
  );
}

/** The ids once each, if they are ids of rules. */
export function checkRuleIds(field: string, ruleIds: string[]): string[] {
  requireAtMost(field, ruleIds, mostRules);
  ruleIds.forEach((ruleId, index) => {
    if (!ruleIdPattern.test(ruleId))
      throw refusal(`${field}[${index}]`, "expected the id of a rule, a UUID.");
  });
  return [...new Set(ruleIds)];
}

/** Refuses hours that are none and zones that do not exist. */
export function checkQuietHours(field: string, hours: QuietHours): void {
  for (const name of ["start", "end"] as const) {
    if (!clockPattern.test(hours[name])) throw refusal(`${field}.${name}`, "expected a time as 22:00.");
  }
  if (hours.start === hours.end) throw refusal(`${field}.end`, "must differ from the start.");
  if (hours.timeZone !== undefined) checkTimeZone(`${field}.timeZone`, hours.timeZone);
}

/** Refuses time zones that do not exist. */
export function checkTimeZone(field: string, timeZone: string): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw refusal(field, `no such time zone; expected an IANA name as Europe/Berlin.`, "unknown_time_zone");
  }
}

/** Refuses hours of a day that are none. */
export function checkHour(field: string, hour: number): void {
  if (!Number.isInteger(hour) || hour < 0 || hour > 23) {
    throw refusal(field, "must be a whole number from 0 to 23.");
  }
}

/** Refuses a list with too many entries. */
export function requireAtMost(field: string, list: unknown[], most: number): void {
  if (list.length > most)
    throw refusal(field, `at most ${most} are allowed, not ${list.length}.`, "too_many");
}

/** `invalidArgument` that names the field. */
export function refusal(field: string, message: string, reason = "invalid_setting"): APIError {
  return APIError.invalidArgument(`${field}: ${message}`).withDetails({ reason, field });
}
