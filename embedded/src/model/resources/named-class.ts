import type TS from "typescript";
import { attempt, type Reader, Unreadable } from "./literals.js";
import { type Binding, bindingOf, enclosingNew, nameArgument, usesOf } from "./references.js";
import type { Pass } from "./resource.js";

/** A resource made by `new Class("name", config)`. */
export interface Made<C> {
  use: TS.Identifier;
  node: TS.NewExpression;
  binding: Binding;
  name: string;
  /** Undefined when the argument is left out. */
  config: C | undefined;
}

/** Where the name and the configuration stand among the arguments. */
interface Layout<C> {
  classes: readonly string[];
  config: Reader<C>;
  nameAt?: number;
  configAt?: number;
  required?: boolean;
}

/** Reads every `new Class("name", config)` of a module. */
export function readMade<C>(
  pass: Pass,
  specifier: string,
  layout: Layout<C>,
  read: (made: Made<C>) => void,
): void {
  const { nameAt = 0, configAt = 1 } = layout;
  for (const use of usesOf(pass.module, specifier, layout.classes)) {
    attempt(pass.diagnostics, pass.module, () => {
      const node = enclosingNew(use);
      if (!node) return;
      const binding = bindingOf(use, node);
      const name = nameArgument(node, nameAt);
      const argument = node.arguments?.[configAt];
      const config = argument && layout.config(argument);
      if (layout.required && !argument) {
        throw new Unreadable(node, {
          code: "config-missing",
          message: "The configuration object is missing.",
          fix: `Add it as argument ${configAt + 1}; \`{}\` will do where nothing is to be set.`,
        });
      }
      read({ use, node, binding, name, config });
    });
  }
}
