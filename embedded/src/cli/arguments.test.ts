import { expect, test } from "vitest";
import { parseCommandLine } from "./arguments.js";
import type { CommandSpec } from "./command.js";

const COMMAND: CommandSpec = {
  name: "run",
  summary: "",
  usage: "",
  positionals: ["NAME"],
  options: { port: { type: "string", help: "" }, json: { type: "boolean", help: "" } },
};

test("reads options in both spellings, flags, lists and positionals", () => {
  const { options, positionals } = parseCommandLine(COMMAND, ["x", "--port=1", "--json"]);
  expect([positionals, options.string("port"), options.flag("json")]).toEqual([["x"], "1", true]);
  expect(parseCommandLine(COMMAND, ["--port", "a, b,"]).options.list("port")).toEqual(["a", "b"]);
  expect(parseCommandLine(COMMAND, []).options.list("port")).toBeUndefined();
});

test.each([
  [["--prot", "1"], /no option --prot/],
  [["--port"], /--port needs a value/],
  [["--json=yes"], /--json takes no value/],
  [["x", "y"], /does not take the argument "y"/],
])("refuses %j", (args, message) => {
  expect(() => parseCommandLine(COMMAND, args)).toThrow(message);
});

test("hands unknown arguments on, in their order, where the command says so", () => {
  const { positionals, options } = parseCommandLine({ ...COMMAND, passThrough: true }, [
    "a",
    "--port",
    "1",
    "-t",
    "name",
    "--pool=forks",
  ]);
  expect(positionals).toEqual(["a", "-t", "name", "--pool=forks"]);
  expect(options.string("port")).toBe("1");
});
