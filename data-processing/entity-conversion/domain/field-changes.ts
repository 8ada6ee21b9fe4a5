import type { JsonValue } from "../../../shared/json.js";
import { parseExactJson } from "../../sources/exact-json.js";
import type { FieldChange, RelatedConversion, RelatedPreview } from "../types.js";
import type { LoadedRecord } from "./load-records.js";
import type { ConversionPlan } from "./plan.js";

type Images = Pick<LoadedRecord, "outcome" | "before" | "after">;

const parsed = (json: string | null | undefined) =>
  json ? (parseExactJson(json) as Record<string, JsonValue>) : undefined;

/** The mapped fields of the target record before and after. */
export function fieldChanges(plan: ConversionPlan, result: LoadedRecord): FieldChange[] {
  return partChanges(plan, 0, { ...result, outcome: result.mainOutcome ?? result.outcome });
}

/** What would become of the related records; undefined where the rule has none. */
export function relatedPreviews(plan: ConversionPlan, result: LoadedRecord): RelatedPreview[] | undefined {
  return result.related?.map(({ before, after, ...part }, at) => ({
    ...part,
    entity: plan.parts[at + 1]!.entity.schema.entityType,
    fields: partChanges(plan, at + 1, { outcome: part.outcome, before, after }),
  }));
}

/** What became of the related records; undefined where the rule has none. */
export function relatedConversions(
  plan: ConversionPlan,
  result: LoadedRecord,
): RelatedConversion[] | undefined {
  return result.related?.map(({ before: _before, after, ...part }, at) => ({
    ...part,
    entity: plan.parts[at + 1]!.entity.schema.entityType,
    values: parsed(after) ?? {},
  }));
}

function partChanges(plan: ConversionPlan, at: number, images: Images): FieldChange[] {
  const after = parsed(images.after);
  const before = images.outcome === "unchanged" && after ? after : (parsed(images.before) ?? {});
  const writes = images.outcome === "converted";
  return plan.parts[at]!.places.map((place): FieldChange => {
    const { field, value } = plan.targets[place]!;
    const old = before[field] ?? null;
    const next = writes && after ? (after[field] ?? null) : old;
    const pending = writes && value.kind === "reference" && next === null;
    return {
      field,
      before: old,
      after: next,
      changed: pending || JSON.stringify(old) !== JSON.stringify(next),
      ...(pending && { reference: plan.parts[value.part]!.name || "main" }),
    };
  });
}
