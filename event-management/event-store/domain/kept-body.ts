import { z } from "zod";
import type { JsonValue } from "../../../shared/json.js";

const envelopeSchema = z.looseObject({ type: z.string(), event: z.looseObject({}) });
const deadLetteredSchema = z.looseObject({ type: z.literal("dead-lettered"), original: z.json() });

/** An event as it may be shown and kept: without the values of a mail, whose links let their holder in. */
export function withoutMailValues(eventType: string, event: JsonValue): JsonValue {
  if (eventType !== "mail-requested") return event;
  const { data } = envelopeSchema.safeParse(event);
  return data === undefined ? null : ({ ...data, event: { ...data.event, data: {} } } as JsonValue);
}

/** The body of an event as it is kept: mails without their values, also within a dead letter. */
export function keptBody(body: JsonValue): JsonValue {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
  if (body.type === "mail-requested") return { ...body, data: {} };
  const { data: deadLetter } = deadLetteredSchema.safeParse(body);
  if (deadLetter === undefined) return body;
  const { data: original } = envelopeSchema.safeParse(deadLetter.original);
  return { ...body, original: withoutMailValues(original?.type ?? "", deadLetter.original as JsonValue) };
}
