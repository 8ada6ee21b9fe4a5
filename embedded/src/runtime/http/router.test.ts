import { describe, expect, test } from "vitest";
import type { PathSegment } from "../../model/app-model.js";
import { Router } from "./router.js";

function segments(path: string): PathSegment[] {
  return path
    .slice(1)
    .split("/")
    .map((part): PathSegment => {
      if (part.startsWith(":")) return { kind: "param", name: part.slice(1), type: "string" };
      if (part.startsWith("*")) return { kind: "wildcard", name: part.slice(1) };
      if (part.startsWith("!")) return { kind: "fallback", name: part.slice(1) };
      return { kind: "literal", value: part };
    });
}

/** A router with the given routes, each its own target. */
function routes(...all: string[]): (request: string) => unknown {
  const router = new Router<string>();
  for (const route of all) {
    const [methods = "", path = ""] = route.split(" ");
    router.add(segments(path), methods.split(","), route);
  }
  return (request) => {
    const [method = "", path = ""] = request.split(" ");
    const found = router.find(method, path);
    return "target" in found ? [found.target, ...found.params] : found;
  };
}

describe("the most specific path wins", () => {
  const find = routes(
    "GET /r/:id",
    "GET /r/export",
    "GET /r/*rest",
    "GET /r/:id/items",
    "GET /r/:id/*x",
    "GET /*path",
  );

  test.each([
    ["/r/export", ["GET /r/export"]],
    ["/r/7", ["GET /r/:id", "7"]],
    ["/r/7/items", ["GET /r/:id/items", "7"]],
    ["/r/7/other/deep", ["GET /r/:id/*x", "7", "other/deep"]],
    ["/elsewhere", ["GET /*path", "elsewhere"]],
  ])("%s", (path, expected) => {
    expect(find(`GET ${path}`)).toEqual(expected);
  });

  test("a dead end below a literal leads back to a wildcard", () => {
    expect(routes("GET /a/b/c", "GET /a/*rest")("GET /a/b/d")).toEqual(["GET /a/*rest", "b/d"]);
  });
});

describe("slashes", () => {
  test("a slash at the end is tolerated", () => {
    const find = routes("GET /a/:id", "GET /b");
    expect(find("GET /a/7/")).toEqual(["GET /a/:id", "7"]);
    expect(find("GET /b/")).toEqual(["GET /b"]);
    expect(find("GET /b//")).toEqual({ missing: "path" });
  });

  test("a wildcard takes its own slash, without a parameter, and not the path before it", () => {
    const find = routes("GET /a/*rest");
    expect(find("GET /a/")).toEqual(["GET /a/*rest"]);
    expect(find("GET /a")).toEqual({ missing: "path" });
    expect(find("GET /a//b")).toEqual(["GET /a/*rest", "/b"]);
  });

  test("a parameter may be empty between two slashes, not at the end", () => {
    const find = routes("GET /a/:x/b", "GET /c/:y");
    expect(find("GET /a//b")).toEqual(["GET /a/:x/b", ""]);
    expect(find("GET /c/")).toEqual({ missing: "path" });
  });
});

describe("methods", () => {
  test("the path is chosen before the method", () => {
    const find = routes("GET /r/fixed", "GET,DELETE /r/:id");
    expect(find("DELETE /r/fixed")).toEqual({ missing: "method" });
    expect(find("DELETE /r/7")).toEqual(["GET,DELETE /r/:id", "7"]);
  });

  test("a path taken twice with one method is told", () => {
    const router = new Router<string>();
    router.add(segments("/r/:id"), ["GET"], "first");
    expect(router.add(segments("/r/:name"), ["GET", "PUT"], "second")).toEqual(["GET"]);
  });
});

describe("fallbacks", () => {
  const find = routes("GET /known", "GET,POST /!rest");

  test("answer where no path matches", () => {
    expect(find("GET /other/deep")).toEqual(["GET,POST /!rest", "other/deep"]);
    expect(find("GET /known")).toEqual(["GET /known"]);
  });

  test("leave a known path to its own methods", () => {
    expect(find("POST /known")).toEqual({ missing: "method-of-path", allowed: ["GET"] });
    expect(routes("GET /known", "HEAD /!rest")("HEAD /known")).toEqual(["GET /known"]);
  });
});
