import { addBind, docOf } from "./bind.js";
import { attempt, expression, objectOf, Unreadable } from "./literals.js";
import { bindingOf, enclosingNew, usesOf } from "./references.js";
import type { Pass } from "./resource.js";

const config = objectOf({ authHandler: expression });

/** Reads `new Gateway({ authHandler })`. */
export function readGateways(pass: Pass): void {
  const { module, resolver } = pass;
  for (const use of usesOf(module, "encore.dev/api", ["Gateway"])) {
    attempt(pass.diagnostics, module, () => {
      const made = enclosingNew(use);
      if (!made) return;
      const argument = made.arguments?.[0];
      if (!argument) {
        throw new Unreadable(made, {
          code: "gateway-config",
          message: "A gateway takes a configuration object.",
          fix: "Write `new Gateway({ authHandler: auth })`, or `new Gateway({})`.",
        });
      }
      const binding = bindingOf(use, made);
      const { authHandler: node } = config(argument);
      const declaration = node && resolver.resolveReference(module, node);
      if (node && !declaration) {
        throw new Unreadable(node, {
          code: "auth-handler-unknown",
          message: "The auth handler cannot be found.",
          fix: "Name the variable that `authHandler(…)` is bound to, or import it.",
        });
      }
      addBind(pass, made, binding, {
        kind: "gateway",
        module,
        node: made,
        ...docOf(pass, made),
        ...(node && declaration && { authHandler: { declaration, node } }),
      });
    });
  }
}
