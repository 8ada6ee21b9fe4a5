import type { PathSegment } from "../../model/app-model.js";

/** What a path stands for: a target per method. */
export type MethodTable<Target> = Map<string, Target>;

interface Node<Target> {
  literals: Map<string, Node<Target>>;
  param: Node<Target> | undefined;
  /** Everything below, at least one character. */
  rest: MethodTable<Target> | undefined;
  /** The path ends here. */
  here: MethodTable<Target> | undefined;
  /** The path ends here with a slash. */
  hereSlash: MethodTable<Target> | undefined;
}

/** A path that matched, with its raw (still encoded) parameters. */
export interface PathMatch<Target> {
  methods: MethodTable<Target>;
  params: readonly string[];
}

const NO_PARAMS: readonly string[] = [];

function newNode<Target>(): Node<Target> {
  return { literals: new Map(), param: undefined, rest: undefined, here: undefined, hereSlash: undefined };
}

/**
 * Finds the methods of a path, the most specific path first: literal, then
 * parameter, then wildcard, at each segment, stepping back from dead ends.
 *
 * A small tree of our own: Hono's routers answer the handlers of a method in
 * the order of registration, while Encore chooses the path first, by
 * specificity, and only then looks whether that path has the method.
 */
export class PathTree<Target> {
  private readonly root = newNode<Target>();
  /** Paths without parameters, which win wherever they match. */
  private readonly fixed = new Map<string, MethodTable<Target>>();

  /** Adds a path. Answers the methods that another path has taken already. */
  add(path: readonly PathSegment[], methods: readonly string[], target: Target): string[] {
    const literal = path.every((segment) => segment.kind === "literal");
    let node = this.root;
    for (const segment of path) {
      switch (segment.kind) {
        case "literal": {
          let next = node.literals.get(segment.value);
          if (!next) node.literals.set(segment.value, (next = newNode()));
          node = next;
          break;
        }
        case "param":
          node = node.param ??= newNode();
          break;
        default:
          // `/a/*rest` also matches `/a/`, without a parameter; a wildcard at the root matches `/`.
          node.hereSlash ??= new Map();
          node.rest ??= new Map();
          register(node.hereSlash, methods, target);
          return register(node.rest, methods, target);
      }
    }
    node.here ??= new Map();
    const taken = register(node.here, methods, target);
    if (literal) {
      const text = `/${path.map((segment) => (segment as { value: string }).value).join("/")}`;
      this.fixed.set(text, node.here);
    }
    return taken;
  }

  /** The path's methods; undefined when no path matches. */
  find(path: string): PathMatch<Target> | undefined {
    const fixed = this.fixed.get(path);
    if (fixed) return { methods: fixed, params: NO_PARAMS };
    const params: string[] = [];
    const methods = this.walk(this.root, path, 0, params);
    return methods && { methods, params };
  }

  /** `at` is the index of the slash before the next segment, or the end of the path. */
  private walk(
    node: Node<Target>,
    path: string,
    at: number,
    params: string[],
  ): MethodTable<Target> | undefined {
    if (at >= path.length) return node.here;
    const start = at + 1;
    // A slash at the end: a wildcard's own, or the path itself with a tolerated slash.
    if (start === path.length) return node.hereSlash ?? (node === this.root ? undefined : node.here);
    let end = path.indexOf("/", start);
    if (end < 0) end = path.length;
    const segment = path.slice(start, end);
    const literal = node.literals.get(segment);
    if (literal) {
      const found = this.walk(literal, path, end, params);
      if (found) return found;
    }
    // An empty segment is a parameter too, except at the end.
    if (node.param && (segment !== "" || end < path.length)) {
      params.push(segment);
      const found = this.walk(node.param, path, end, params);
      if (found) return found;
      params.pop();
    }
    if (node.rest) {
      params.push(path.slice(start));
      return node.rest;
    }
    return undefined;
  }
}

function register<Target>(table: MethodTable<Target>, methods: readonly string[], target: Target): string[] {
  const taken: string[] = [];
  for (const method of methods) {
    if (table.has(method)) taken.push(method);
    else table.set(method, target);
  }
  return taken;
}

/** Where a request goes, or why it goes nowhere. */
export type Route<Target> =
  | { target: Target; params: readonly string[] }
  | { missing: "path" | "method" }
  /** A fallback has the method, but a more specific path exists without it. */
  | { missing: "method-of-path"; allowed: string[] };

/** The routes of an app: its paths, and the fallbacks that are asked only when no path matches. */
export class Router<Target> {
  private readonly main = new PathTree<Target>();
  private readonly fallback = new PathTree<Target>();

  /** Adds an endpoint. Answers the methods that another endpoint has taken on the same path. */
  add(path: readonly PathSegment[], methods: readonly string[], target: Target): string[] {
    const isFallback = path.at(-1)?.kind === "fallback";
    return (isFallback ? this.fallback : this.main).add(path, methods, target);
  }

  find(method: string, path: string): Route<Target> {
    const main = this.main.find(path);
    const target = main?.methods.get(method);
    if (main && target !== undefined) return { target, params: main.params };
    const fallback = this.fallback.find(path);
    const fallbackTarget = fallback?.methods.get(method);
    if (fallback && fallbackTarget !== undefined) {
      if (main) return withinPath(method, main);
      return { target: fallbackTarget, params: fallback.params };
    }
    return { missing: main || fallback ? "method" : "path" };
  }
}

/** A fallback would take the method, but the path is taken: it answers, `HEAD` as `GET`. */
function withinPath<Target>(method: string, { methods, params }: PathMatch<Target>): Route<Target> {
  const target = method === "HEAD" ? methods.get("GET") : undefined;
  return target === undefined
    ? { missing: "method-of-path", allowed: [...methods.keys()] }
    : { target, params };
}
