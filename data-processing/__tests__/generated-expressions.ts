import fc from "fast-check";
import { double, oddText } from "./generated-records.js";

const literal = (value: string) => JSON.stringify(value);
const call = (name: string, ...args: fc.Arbitrary<string>[]) =>
  fc.tuple(...args).map((texts) => `${name}(${texts.join(", ")})`);
const infix = (left: fc.Arbitrary<string>, ops: string[], right: fc.Arbitrary<string>) =>
  fc.tuple(left, fc.constantFrom(...ops), right).map(([a, op, b]) => `(${a} ${op} ${b})`);
const choice = (condition: fc.Arbitrary<string>, value: fc.Arbitrary<string>) =>
  fc.tuple(condition, value, value).map(([test, a, b]) => `(${test} ? ${a} : ${b})`);

/** Expressions on a generated record, by what they result in. */
export const { string, int, number, bool, time } = fc.letrec<
  Record<"string" | "int" | "number" | "bool" | "time", string>
>((tie) => {
  const [string, int, number, bool, time] = (["string", "int", "number", "bool", "time"] as const).map(
    tie,
  ) as [
    fc.Arbitrary<string>,
    fc.Arbitrary<string>,
    fc.Arbitrary<string>,
    fc.Arbitrary<string>,
    fc.Arbitrary<string>,
  ];
  const small = fc.integer({ min: -3, max: 8 }).map(String);
  return {
    string: fc.oneof(
      { maxDepth: 3, depthSize: "small", withCrossShrink: true },
      fc.oneof(fc.constantFrom("record.s", "record.u"), oddText.map(literal)),
      call("upper", string),
      call("lower", string),
      call("trim", string),
      call("concat", string, int, time),
      call("joinText", fc.constant('"-"'), string, number, bool),
      call("replace", string, string, string),
      call("substring", string, small, int),
      call("substring", string, small),
      call("split", string, fc.constantFrom('","', '" "', '""'), small),
      call("string", int),
      call("string", number),
      call("string", time),
      call("coalesce", string, string),
      call("normalizeEmail", string),
      call("normalizePhone", string),
      call("normalizePhone", string, fc.constantFrom('"49"', '"7"')),
      call("formatDate", time, fc.constantFrom('"YYYY-MM-DD"', '"DD.MM.YYYY HH:mm:ss"', '"MM/YYYY"')),
      infix(string, ["+"], string),
      choice(bool, string),
    ),
    int: fc.oneof(
      { maxDepth: 3, depthSize: "small", withCrossShrink: true },
      fc.oneof(fc.constantFrom("record.i", "record.b"), small),
      infix(int, ["+", "-", "*", "/", "%"], int),
      call("size", string),
      call("toInt", string),
      call("tryInt", string),
      call("int", number),
      call("abs", int),
      call("year", time),
      call("month", time),
      call("day", time),
      call("hour", time),
      call("second", time),
      call("daysBetween", time, time),
      call("coalesce", int, int),
      choice(bool, int),
      int.map((value) => `-(${value})`),
    ),
    number: fc.oneof(
      { maxDepth: 3, depthSize: "small", withCrossShrink: true },
      fc.oneof(
        fc.constantFrom("record.d", "record.n"),
        double
          .map((value) => (Number.isInteger(value) ? `${value}.0` : String(value)))
          .filter((value) => !value.includes("e")),
      ),
      infix(number, ["+", "-", "*", "/"], number),
      infix(number, ["+", "*"], int),
      call("round", number),
      call("round", number, fc.constantFrom("0", "2", "5")),
      call("floor", number),
      call("ceil", number),
      call("abs", number),
      call("toNumber", string),
      call("tryNumber", string),
      call("double", int),
      choice(bool, number),
    ),
    bool: fc.oneof(
      { maxDepth: 3, depthSize: "small", withCrossShrink: true },
      fc.constantFrom("record.f", "true", "(record.s == null)", "has(record.t)"),
      infix(string, ["==", "!=", "<", "<=", ">", ">="], string),
      infix(int, ["==", "<", ">="], int),
      infix(number, ["==", "!=", "<", ">"], number),
      infix(time, ["==", "<", ">="], time),
      infix(bool, ["&&", "||", "==", "!="], bool),
      bool.map((value) => `!(${value})`),
      call("contains", string, string),
      call("startsWith", string, string),
      call("endsWith", string, string),
      fc.tuple(string, string, string).map(([a, b, c]) => `(${a} in [${b}, ${c}])`),
      choice(bool, bool),
    ),
    time: fc.oneof(
      { maxDepth: 2, depthSize: "small", withCrossShrink: true },
      fc.constantFrom("record.t", "record.day", 'timestamp("2024-03-31T01:02:03.456Z")'),
      call("addDays", time, int),
      call("startOfDay", time),
      call("timestamp", string),
      call("parseDate", string, fc.constant('"YYYY-MM-DD"')),
      call("tryParseDate", string, fc.constant('"YYYY-MM-DD"')),
      choice(bool, time),
    ),
  };
});
