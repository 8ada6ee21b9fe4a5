import { dirname, join, posix } from "node:path";
import type TS from "typescript";
import type { Endpoint } from "../app-model.js";
import { isFile, isFolder } from "../source/walk.js";
import type { EndpointConfig } from "./endpoint-config.js";
import { Unreadable } from "./literals.js";
import type { ParsedPath } from "./path.js";
import type { Pass } from "./resource.js";

/** Reads the folder that `api.static` serves; it and the file for misses must exist. */
export function readStaticFiles(
  pass: Pass,
  config: EndpointConfig,
  path: ParsedPath,
  pathNode: TS.Node,
  configNode: TS.Node,
): NonNullable<Endpoint["static"]> {
  const { dir, notFound, notFoundStatus, headers } = config;
  if (!dir) {
    throw new Unreadable(configNode, {
      code: "static-dir",
      message: "Static files need the folder to serve.",
      fix: 'Add `dir: "./folder"`.',
    });
  }
  const { diagnostics, module } = pass;
  if (path.segments.findIndex((s) => s.kind !== "literal") < path.segments.length - 1 && isDynamic(path)) {
    diagnostics.error(
      { module, node: pathNode },
      {
        code: "static-path",
        message: "The path of static files can only have one parameter, at its end.",
        fix: "Write a path such as `/assets/*path` or `/!path`.",
      },
    );
  }
  const base = dirname(module.path);
  if (!isFolder(join(base, dir.value)))
    missing(pass, dir.node, `The folder \`${dir.value}\` does not exist.`);
  if (notFound && !isFile(join(base, notFound.value))) {
    missing(pass, notFound.node, `The file \`${notFound.value}\` does not exist.`);
  }
  const fromRoot = (relative: string) => posix.join(posix.dirname(module.file), relative);
  return {
    dir: fromRoot(dir.value),
    ...(notFound && { notFound: fromRoot(notFound.value) }),
    ...(notFoundStatus !== undefined && { notFoundStatus }),
    ...(headers && { headers }),
  };
}

function isDynamic(path: ParsedPath): boolean {
  return path.segments.some((s) => s.kind !== "literal");
}

function missing(pass: Pass, node: TS.Node, message: string): void {
  pass.diagnostics.error(
    { module: pass.module, node },
    { code: "static-missing", message, fix: "Create it, or build it before the app is read." },
  );
}
