import { posix } from "node:path";
import type TS from "typescript";
import type { Diagnostics, Finding } from "../diagnostics.js";
import type { SourceModule } from "../source/source-module.js";
import { ts } from "../typescript.js";

/** A resource that cannot be read, with the place and the reason. */
export class Unreadable extends Error {
  constructor(
    readonly node: TS.Node,
    readonly finding: Finding,
    /** The module of the node, where it is not the one being read. */
    readonly module?: SourceModule,
  ) {
    super(finding.message);
  }
}

/** Runs a reader; what it cannot read becomes an error, and nothing is returned. */
export function attempt<T>(diagnostics: Diagnostics, module: SourceModule, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    diagnostics.error({ module: error.module ?? module, node: error.node }, error.finding);
    return undefined;
  }
}

/** Reads a value from a literal expression, or throws `Unreadable`. */
export type Reader<T> = (node: TS.Expression) => T;

type Shape = Record<string, Reader<unknown>>;
type Values<S extends Shape> = { [K in keyof S]?: ReturnType<S[K]> };

const LITERAL_FIX =
  "Configuration is read without running the code: write plain literals, no constants, spreads, templates or expressions.";

/** Reads an object literal whose fields are all known; the names in `required` must be there. */
export function objectOf<S extends Shape>(shape: S, required: (keyof S & string)[] = []): Reader<Values<S>> {
  return (node) => {
    if (!ts.isObjectLiteralExpression(node)) throw notLiteral(node, "an object literal");
    const values: Record<string, unknown> = {};
    for (const property of node.properties) {
      const [name, value] = plainProperty(property);
      const reader = Object.hasOwn(shape, name) ? shape[name] : undefined;
      if (!reader) {
        const known = Object.keys(shape).join(", ") || "none";
        throw new Unreadable(property, {
          code: "config-unknown-field",
          message: `There is no option \`${name}\` here.`,
          fix: `Known options: ${known}.`,
        });
      }
      if (name in values) {
        throw new Unreadable(property, {
          code: "config-duplicate-field",
          message: `The option \`${name}\` is given twice.`,
          fix: "Keep one.",
        });
      }
      values[name] = reader(value);
    }
    const missing = required.find((name) => !(name in values));
    if (missing !== undefined) {
      throw new Unreadable(node, {
        code: "config-missing-field",
        message: `The option \`${missing}\` is missing.`,
        fix: `Add \`${missing}\`.`,
      });
    }
    return values as Values<S>;
  };
}

function plainProperty(property: TS.ObjectLiteralElementLike): [string, TS.Expression] {
  if (!ts.isPropertyAssignment(property)) throw notLiteral(property, "a plain `name: value`");
  if (!ts.isIdentifier(property.name) && !ts.isStringLiteral(property.name)) {
    throw notLiteral(property, "a plain option name");
  }
  return [property.name.text, property.initializer];
}

export const expression: Reader<TS.Expression> = (node) => node;

export const text: Reader<string> = (node) => {
  if (!ts.isStringLiteral(node)) throw notLiteral(node, "a string literal");
  return node.text;
};

export const flag: Reader<boolean> = (node) => {
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  throw notLiteral(node, "`true` or `false`");
};

/** A value with the node it was read from. */
export function placed<T>(reader: Reader<T>): Reader<{ value: T; node: TS.Expression }> {
  return (node) => ({ value: reader(node), node });
}

/** A list of literals. */
export function listOf<T>(reader: Reader<T>): Reader<T[]> {
  return (node) => {
    if (!ts.isArrayLiteralExpression(node)) throw notLiteral(node, "an array literal");
    return node.elements.map((element) => {
      if (ts.isSpreadElement(element) || ts.isOmittedExpression(element))
        throw notLiteral(node, "plain elements");
      return reader(element);
    });
  };
}

export function orNull<T>(reader: Reader<T>): Reader<T | null> {
  return (node) => (node.kind === ts.SyntaxKind.NullKeyword ? null : reader(node));
}

/** A whole number of at least zero, also as arithmetic of literals (`10 * 1024`). */
function unsigned(max: bigint): Reader<number> {
  return (node) => {
    const value = integer(node);
    if (value < 0n || value > max) throw notLiteral(node, `a whole number from 0 to ${max}`);
    return Number(value);
  };
}

export const uint32 = unsigned(0xffff_ffffn);
export const uint64 = unsigned(0xffff_ffff_ffff_ffffn);

function integer(node: TS.Expression): bigint {
  if (ts.isNumericLiteral(node) && Number.isSafeInteger(Number(node.text))) return BigInt(Number(node.text));
  if (ts.isPrefixUnaryExpression(node)) {
    if (node.operator === ts.SyntaxKind.MinusToken) return -integer(node.operand);
    if (node.operator === ts.SyntaxKind.PlusToken) return integer(node.operand);
  }
  if (ts.isBinaryExpression(node)) {
    const [a, b] = [integer(node.left), integer(node.right)];
    switch (node.operatorToken.kind) {
      case ts.SyntaxKind.PlusToken:
        return a + b;
      case ts.SyntaxKind.MinusToken:
        return a - b;
      case ts.SyntaxKind.AsteriskToken:
        return a * b;
      case ts.SyntaxKind.PercentToken:
        if (b !== 0n) return a % b;
        break;
      case ts.SyntaxKind.SlashToken:
        if (b !== 0n && a % b === 0n) return a / b;
        break;
    }
  }
  throw notLiteral(node, "a whole number");
}

const UNITS_MS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_556_926_000,
};

const MAX_COUNT = 0xffff_ffff_ffff_ffffn;

/** A duration such as `"200ms"`, `"1h30m"` or `"7d"`, in milliseconds. */
export const duration: Reader<number> = (node) => {
  const written = ts.isStringLiteral(node) ? node.text.replace(/\s/g, "") : undefined;
  const parts = written === undefined ? [] : [...written.matchAll(/(\d+)(ns|us|ms|s|m|h|d|w|y)/g)];
  const tooLarge = parts.some(([, count]) => BigInt(count!) > MAX_COUNT);
  if (parts.length === 0 || tooLarge || parts.map((p) => p[0]).join("") !== written) {
    throw new Unreadable(node, {
      code: "duration-invalid",
      message: "This is not a duration.",
      fix: 'Write a string of whole numbers with units, such as "200ms", "1h30m" or "7d".',
    });
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS_MS[unit!] ?? 0), 0);
};

/** A path below the declaring file, cleaned; `..` and absolute paths are refused. */
export const localPath: Reader<string> = (node) => {
  const written = ts.isStringLiteral(node) ? node.text : undefined;
  if (written === undefined || written.startsWith("/") || written.split("/").includes("..")) {
    throw new Unreadable(node, {
      code: "path-not-local",
      message: "The path must lie below the folder of this file.",
      fix: 'Write a relative path without "..", such as "./migrations".',
    });
  }
  return posix.normalize(written === "" ? "." : written).replace(/\/$/, "");
};

export function notLiteral(node: TS.Node, expected: string): Unreadable {
  return new Unreadable(node, {
    code: "config-not-literal",
    message: `Expected ${expected}.`,
    fix: LITERAL_FIX,
  });
}
