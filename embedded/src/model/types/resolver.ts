import type TS from "typescript";
import type { Diagnostics, Spot } from "../diagnostics.js";
import type { ModuleLoader } from "../source/module-loader.js";
import type { Declaration } from "../source/scope.js";
import type { SourceModule } from "../source/source-module.js";
import { ts } from "../typescript.js";
import { typeOfDeclaration } from "./declaration.js";
import { evaluate, type Frame, frameOf } from "./evaluate.js";
import { expressionType } from "./expression.js";
import { instantiate } from "./instantiate.js";
import { FAILED, isBasic, type NamedType, type Type } from "./type.js";

/** Nesting of types beyond which a type is taken to be endless. */
const MAX_DEPTH = 150;
/** Steps that one use of a type may take. */
const MAX_STEPS = 50_000;

/**
 * Works out types from syntax alone, as the official parser does: it follows
 * names and type arguments but runs no type checker.
 */
export class Resolver {
  readonly #types = new Map<Declaration, Type | "busy">();
  readonly #expanded = new Map<Declaration, Type>();
  #depth = 0;
  #steps = 0;
  #focus: Spot | undefined;

  constructor(
    readonly loader: ModuleLoader,
    readonly diagnostics: Diagnostics,
  ) {}

  /** The type that a syntax node of a module states. */
  resolve(module: SourceModule, node: TS.TypeNode): Type {
    return this.within({ module, node }, () => {
      const frame = frameOf(module);
      return instantiate(this, frame, evaluate(this, frame, node));
    });
  }

  /** The declaration that an expression names, if it names one. */
  resolveReference(module: SourceModule, expression: TS.Expression): Declaration | undefined {
    return this.within({ module, node: expression }, () => {
      const type = expressionType(this, frameOf(module), expression);
      return type.kind === "named" ? type.declaration : undefined;
    });
  }

  /** What a named type stands for, with its type arguments filled in. */
  expand(named: NamedType): Type {
    const { declaration, args } = named;
    const known = args.length === 0 ? this.#expanded.get(declaration) : undefined;
    if (known) return known;
    const type = this.guard(() => this.#expand(declaration, args));
    if (args.length === 0) this.#expanded.set(declaration, type);
    return type;
  }

  #expand(declaration: Declaration, args: Type[]): Type {
    const body = this.typeOf(declaration);
    const frame = frameOf(declaration.module);
    const all = [...args];
    for (const parameter of typeParameters(declaration).slice(args.length)) {
      if (parameter.default) all.push(evaluate(this, frame, parameter.default));
    }
    const type = instantiate(this, { ...frame, args: all }, body);
    return type.kind === "named" ? this.expand(type) : type;
  }

  /** A type with named types at its top replaced by what they stand for. */
  underlying(type: Type): Type {
    return type.kind === "named" ? this.expand(type) : type;
  }

  /** The type of a declaration, open where it has type parameters. */
  typeOf(declaration: Declaration): Type {
    const known = this.#types.get(declaration);
    if (known === "busy") {
      this.diagnostics.error(
        { module: declaration.module, node: declaration.node },
        {
          code: "type-circular",
          message: `The type of \`${declaration.name ?? "this"}\` needs itself to be worked out.`,
          fix: "Refer to it through a field of an interface, not in an intersection, `extends` or `keyof`.",
        },
      );
      return FAILED;
    }
    if (known) return known;
    this.#types.set(declaration, "busy");
    const frame: Frame = { ...frameOf(declaration.module), parameters: typeParameters(declaration) };
    const type = typeOfDeclaration(this, frame, declaration);
    this.#types.set(declaration, type);
    return type;
  }

  /** Runs a step of a use of a type; an endless or enormous type is reported and cut. */
  guard<T>(step: () => T): T | Type;
  guard<T>(step: () => T, cut: T): T;
  guard<T>(step: () => T, cut: T | Type = FAILED): T | Type {
    if (this.#depth >= MAX_DEPTH || this.#steps >= MAX_STEPS) {
      this.report("type-endless", "The type is endless or too large: it cannot be written out.", ENDLESS_FIX);
      return cut;
    }
    this.#depth++;
    this.#steps++;
    try {
      return step();
    } finally {
      this.#depth--;
    }
  }

  /** Runs `step` with findings that have no place of their own put at `spot`. */
  within<T>(spot: Spot, step: () => T): T {
    const [focus, steps] = [this.#focus, this.#steps];
    this.#focus = spot;
    this.#steps = 0;
    try {
      return step();
    } finally {
      this.#focus = focus;
      this.#steps = steps;
    }
  }

  /** Reports an error where the type is used. */
  report(code: string, message: string, fix?: string): void {
    this.diagnostics.error(this.#focus, { code, message, ...(fix && { fix }) });
  }

  /** Warns where the type is used. */
  warn(code: string, message: string, fix: string): void {
    this.diagnostics.warn(this.#focus, { code, message, fix });
  }

  /** Reports an error at a syntax node. */
  reportAt(module: SourceModule, node: TS.Node, code: string, message: string, fix?: string): void {
    this.diagnostics.error({ module, node }, { code, message, ...(fix && { fix }) });
  }

  /** Whether a declaration is one of the global types. */
  isGlobal(declaration: Declaration): boolean {
    return declaration.module === this.loader.universe;
  }

  /** `T` of `Promise<T>`; any other type as it is. */
  unwrapPromise(type: Type): Type {
    if (type.kind !== "named" || type.declaration.name !== "Promise" || !this.isGlobal(type.declaration))
      return type;
    return type.args[0] ?? type;
  }

  isVoid(type: Type): boolean {
    return isBasic(type, "void");
  }
}

const ENDLESS_FIX = "A recursive type must be an interface or alias without type parameters.";

/** The type parameters of an interface or alias; other declarations take none. */
export function typeParameters(declaration: Declaration): readonly TS.TypeParameterDeclaration[] {
  const { node } = declaration;
  if (!ts.isInterfaceDeclaration(node) && !ts.isTypeAliasDeclaration(node)) return [];
  return node.typeParameters ?? [];
}
