import type { FieldDefinition, FieldKind } from "../../types.js";

/** How well values of one kind can become another, 0 to 1; the same kind is 1. */
const fit: Record<FieldKind, Partial<Record<FieldKind, number>>> = {
  string: { int: 0.5, double: 0.5, timestamp: 0.5, bool: 0.3, other: 0.3 },
  int: { double: 0.9, string: 0.6, bool: 0.3, timestamp: 0.1 },
  double: { int: 0.6, string: 0.5 },
  bool: { string: 0.5, int: 0.3 },
  timestamp: { string: 0.5 },
  other: { string: 0.5 },
};

export interface TypeFit {
  /** 0 to 1. */
  score: number;
  /** The source can be copied as it is. */
  directCopy: boolean;
  /** Converts the source field where it cannot be copied and the expression language has a way. */
  expression?: string;
}

/** Whether and how a source field's type becomes the target's. */
export function typeFit(source: FieldDefinition, target: FieldDefinition): TypeFit {
  if (source.kind === target.kind) {
    const same = source.kind !== "other" || source.dataType === target.dataType;
    return { score: same ? 1 : 0.4, directCopy: same };
  }
  const score = fit[source.kind][target.kind] ?? 0;
  if (source.kind === "int" && target.kind === "double") return { score, directCopy: true };
  return { score, directCopy: false, expression: conversion(source, target.kind) };
}

function conversion(source: FieldDefinition, to: FieldKind): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(source.name)) return undefined;
  const field = `record.${source.name}`;
  switch (`${source.kind} ${to}`) {
    case "string int":
      return `toInt(${field})`;
    case "string double":
      return `toNumber(${field})`;
    case "string timestamp":
      return `timestamp(${field})`;
    case "string bool":
      return `lower(${field}) == "true"`;
    case "double int":
      return `toInt(round(${field}))`;
    case "int bool":
      return `${field} != 0`;
    case "int string":
    case "double string":
    case "bool string":
    case "timestamp string":
    case "other string":
      return `string(${field})`;
    default:
      return undefined;
  }
}
