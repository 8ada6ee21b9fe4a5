import { type columnOf, conversionHint, copyProblem } from "../../../entity-conversion/domain/field-types.js";
import type { FieldKind } from "../../types.js";

type Column = NonNullable<ReturnType<typeof columnOf>>;

/** How well values of one kind become another by an expression, 0 to 1. */
const conversions: Record<FieldKind, Partial<Record<FieldKind, number>>> = {
  string: { int: 0.5, double: 0.5, timestamp: 0.5, bool: 0.3 },
  int: { string: 0.5, bool: 0.3 },
  double: { int: 0.6, string: 0.5 },
  bool: { string: 0.5 },
  timestamp: { string: 0.5 },
  other: { string: 0.5, int: 0.2, double: 0.2, timestamp: 0.2, bool: 0.2 },
};

export interface TypeFit {
  /** 0 to 1; 0 where nothing converts the one into the other. */
  score: number;
  /** The source can be copied as it is. */
  directCopy: boolean;
  /** Converts the source field where it cannot be copied and the expression language has a way. */
  expression?: string;
}

/** Whether and how a source column's values become the target's, as the conversion engine sees it. */
export function typeFit(source: Column, target: Column): TypeFit {
  if (copyProblem(source, target) === undefined) {
    return { score: source.kind === target.kind ? 1 : 0.7, directCopy: true };
  }
  const expression = conversionHint(source.field, target);
  const score = expression === undefined ? 0 : (conversions[source.kind][target.kind] ?? 0.1);
  return { score, directCopy: false, expression };
}
