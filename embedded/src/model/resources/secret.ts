import type TS from "typescript";
import { ts } from "../typescript.js";
import { addBind, docOf } from "./bind.js";
import { attempt, text, Unreadable } from "./literals.js";
import { boundVariable, enclosingCall, usesOf } from "./references.js";
import type { Pass } from "./resource.js";

/** Reads `const key = secret("Name")`. */
export function readSecrets(pass: Pass): void {
  const { module } = pass;
  for (const use of usesOf(module, "encore.dev/config", ["secret"])) {
    attempt(pass.diagnostics, module, () => {
      const call = enclosingCall(use);
      if (!call) return;
      const refuse = (message: string) =>
        new Unreadable(call, {
          code: "secret-invalid",
          message,
          fix: 'Write `const name = secret("Name")` at module level, inside a service.',
        });
      if (insideFunction(call)) throw refuse("A secret must be declared at module level, not in a function.");
      const name = boundVariable(use);
      if (!name) throw refuse("A secret must be bound to a variable.");
      const argument = call.arguments[0];
      if (!argument) throw refuse("The name of the secret is missing.");
      addBind(
        pass,
        call,
        { kind: "variable", name },
        {
          kind: "secret",
          name: text(argument),
          module,
          node: call,
          ...docOf(pass, call),
        },
      );
    });
  }
}

function insideFunction(node: TS.Node): boolean {
  for (let at: TS.Node | undefined = node; at; at = at.parent) if (ts.isFunctionLike(at)) return true;
  return false;
}
