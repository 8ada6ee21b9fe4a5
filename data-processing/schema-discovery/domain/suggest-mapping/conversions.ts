import { fieldReference } from "../../../entity-conversion/domain/field-types.js";
import { convertBoolean } from "./booleans.js";
import { findDatePattern } from "./date-formats.js";
import type { DescribedField } from "./score-pairs.js";
import { typeFit } from "./types-fit.js";
import { translateValues } from "./value-translation.js";
import { splitWords } from "./words.js";

/** Whether a source field can be copied to a target field, and if not, what makes of the one the other. */
export interface Conversion {
  directCopy: boolean;
  expression?: string;
  /** What the expression does. */
  explanation?: string;
}

/**
 * How a source field becomes a target field: by a copy, or by an expression where the types differ or where values
 * and names show that a copy would be wrong (date and number formats, units, other words for the same states).
 */
export function suggestConversion(from: DescribedField, to: DescribedField): Conversion {
  const found =
    convertDate(from, to) ??
    convertNumber(from, to) ??
    convertUnit(from, to) ??
    convertBoolean(from, to) ??
    translateValues(from, to);
  if (found) return { directCopy: false, ...found };
  const { directCopy, expression } = typeFit(from.column, to.column);
  return directCopy || !expression
    ? { directCopy, expression }
    : {
        directCopy,
        expression,
        explanation: `converts ${from.column.field.dataType} to ${to.column.field.dataType}`,
      };
}

type Found = { expression: string; explanation: string } | undefined;

function convertDate(from: DescribedField, to: DescribedField): Found {
  const ref = fieldReference(from.column.field.name);
  const written = to.column.kind === "string" && to.values ? findDatePattern(to.values.texts) : undefined;
  if (from.column.kind === "timestamp") {
    if (!written) return undefined;
    return { expression: `formatDate(${ref}, "${written}")`, explanation: `writes the date as ${written}` };
  }
  const text =
    from.column.kind === "string" ? ref : from.column.kind === "int" ? `string(${ref})` : undefined;
  const pattern = text && from.values ? findDatePattern(from.values.texts) : undefined;
  if (!pattern) return undefined;
  if (to.column.kind === "timestamp") {
    if (pattern === "YYYY-MM-DD" && from.column.kind === "string") return undefined;
    return { expression: `parseDate(${text}, "${pattern}")`, explanation: `reads the date from ${pattern}` };
  }
  if (!written || written === pattern) return undefined;
  return {
    expression: `formatDate(parseDate(${text}, "${pattern}"), "${written}")`,
    explanation: `writes the date as ${written} instead of ${pattern}`,
  };
}

/** Texts with spaces, currency signs or a decimal comma, which `toNumber` alone does not read. */
function convertNumber(from: DescribedField, to: DescribedField): Found {
  const { kind } = to.column;
  if (from.column.kind !== "string" || (kind !== "double" && kind !== "int") || !from.values)
    return undefined;
  const texts = from.values.texts.map((text) => text.trim());
  const numeric = texts.filter((text) => /^[$€£₽¥]? ?-?\d[\d.,' \u00a0\u202f]*(?: ?[$€£₽¥%])?$/u.test(text));
  if (numeric.length < 0.9 * texts.length || texts.every((text) => Number.isFinite(Number(text))))
    return undefined;
  let expression = fieldReference(from.column.field.name);
  for (const sign of ["$", "€", "£", "₽", "¥", "%", "\u00a0", "\u202f", " ", "'"]) {
    if (texts.some((text) => text.includes(sign)))
      expression = `replace(${expression}, ${JSON.stringify(sign)}, "")`;
  }
  if (texts.some((text) => /,\d{1,2}\D*$/.test(text))) {
    if (texts.some((text) => text.includes("."))) expression = `replace(${expression}, ".", "")`;
    expression = `replace(${expression}, ",", ".")`;
  } else if (texts.some((text) => text.includes(","))) {
    expression = `replace(${expression}, ",", "")`;
  }
  const number = `toNumber(${expression})`;
  return {
    expression: kind === "int" ? `int(round(${number}))` : number,
    explanation: `reads numbers written like ${numeric.find((text) => !Number.isFinite(Number(text)))}`,
  };
}

/** Units by dimension, in terms of the dimension's first one. */
const units: Record<string, number>[] = [
  {
    g: 1,
    gram: 1,
    grams: 1,
    mg: 0.001,
    kg: 1000,
    kilogram: 1000,
    kilograms: 1000,
    lb: 453.59237,
    lbs: 453.59237,
    pounds: 453.59237,
    oz: 28.349523125,
    ounces: 28.349523125,
    г: 1,
    кг: 1000,
  },
  {
    m: 1,
    meter: 1,
    meters: 1,
    metres: 1,
    cm: 0.01,
    mm: 0.001,
    km: 1000,
    inch: 0.0254,
    inches: 0.0254,
    ft: 0.3048,
    feet: 0.3048,
    mi: 1609.344,
    miles: 1609.344,
    м: 1,
    см: 0.01,
    мм: 0.001,
    км: 1000,
  },
  {
    sec: 1,
    secs: 1,
    seconds: 1,
    ms: 0.001,
    millis: 0.001,
    minutes: 60,
    mins: 60,
    hours: 3600,
    hrs: 3600,
    days: 86400,
    сек: 1,
  },
];
const hundredths = new Set(["cents", "cent", "kopecks", "копейки", "копейках"]);

function convertUnit(from: DescribedField, to: DescribedField): Found {
  if (!["int", "double"].includes(from.column.kind) || !["int", "double"].includes(to.column.kind))
    return undefined;
  const source = splitWords(from.column.field.name);
  const target = splitWords(to.column.field.name);
  const factor = unitFactor(source, target) ?? centsFactor(source, target);
  if (factor === undefined || factor === 1) return undefined;
  const ref = fieldReference(from.column.field.name);
  const number = from.column.kind === "int" ? `double(${ref})` : ref;
  const [sign, by] = factor >= 1 ? ["*", factor] : ["/", 1 / factor];
  const rounded = Number(by.toPrecision(12));
  const scaled = `${number} ${sign} ${Number.isInteger(rounded) ? rounded.toFixed(1) : rounded}`;
  return {
    expression: to.column.kind === "int" ? `int(round(${scaled}))` : scaled,
    explanation: `converts ${source.at(-1)} to ${target.at(-1)}`,
  };
}

function unitFactor(source: string[], target: string[]): number | undefined {
  for (const dimension of units) {
    const one = Object.hasOwn(dimension, source.at(-1) ?? "") ? dimension[source.at(-1)!] : undefined;
    const other = Object.hasOwn(dimension, target.at(-1) ?? "") ? dimension[target.at(-1)!] : undefined;
    if (one !== undefined && other !== undefined) return one / other;
  }
  return undefined;
}

function centsFactor(source: string[], target: string[]): number | undefined {
  const one = source.some((word) => hundredths.has(word));
  const other = target.some((word) => hundredths.has(word));
  return one === other ? undefined : one ? 0.01 : 100;
}
