/** Names that a template may begin a path with. */
export const valueNames = [
  "type",
  "category",
  "time",
  "priority",
  "title",
  "body",
  "ruleId",
  "projectId",
  "tenantId",
  "userId",
  "correlationId",
  "event",
];

const blockHelpers = ["if", "unless", "each", "with"];
const mostNestedBlocks = 6;

/** A template is wrong at a place in its text. */
export class TemplateProblem extends Error {
  constructor(
    readonly line: number,
    readonly column: number,
    message: string,
  ) {
    super(message);
    this.name = "TemplateProblem";
  }
}

/** Walks a template and throws `TemplateProblem` for what is not allowed in it. */
export class TemplateCheck {
  /** `root`: paths begin with the names of the values; elsewhere with fields of whatever a block is on. */
  program(program: hbs.AST.Program, root: boolean, depth: number): void {
    for (const statement of program.body) this.statement(statement, root, depth);
  }

  private statement(node: hbs.AST.Statement, root: boolean, depth: number): void {
    switch (node.type) {
      case "ContentStatement":
      case "CommentStatement":
        return;
      case "MustacheStatement": {
        const mustache = node as hbs.AST.MustacheStatement;
        if (!mustache.escaped)
          throw problem(node, "values are always escaped: write two braces, not three or &.");
        this.call(mustache, root);
        return;
      }
      case "BlockStatement":
        this.block(node as hbs.AST.BlockStatement, root, depth);
        return;
      default:
        throw problem(node, "partials and decorators are not available.");
    }
  }

  private block(block: hbs.AST.BlockStatement, root: boolean, depth: number): void {
    const name = block.path.type === "PathExpression" ? (block.path as hbs.AST.PathExpression).original : "";
    if (!blockHelpers.includes(name)) {
      throw problem(block, `no block "${name}"; there are ${blockHelpers.join(", ")}.`);
    }
    if (block.params.length !== 1 || block.hash?.pairs.length) {
      throw problem(block, `${name} takes exactly one value.`);
    }
    if (depth >= mostNestedBlocks)
      throw problem(block, `blocks are nested more than ${mostNestedBlocks} deep.`);
    for (const parameter of block.params) this.expression(parameter, root);
    const inner = name === "if" || name === "unless" ? root : false;
    if (block.program) this.program(block.program, inner && !block.program.blockParams?.length, depth + 1);
    if (block.inverse) this.program(block.inverse, root, depth + 1);
  }

  private call(node: hbs.AST.MustacheStatement | hbs.AST.SubExpression, root: boolean): void {
    if (node.params.length === 0 && !node.hash?.pairs.length && node.type === "MustacheStatement") {
      this.expression(node.path as hbs.AST.Expression, root);
      return;
    }
    const name = node.path.type === "PathExpression" ? (node.path as hbs.AST.PathExpression).original : "";
    if (name !== "eq" || node.params.length !== 2 || node.hash?.pairs.length) {
      throw problem(node, `no helper "${name}"; there is eq, with two values.`);
    }
    for (const parameter of node.params) this.expression(parameter, root);
  }

  private expression(node: hbs.AST.Expression, root: boolean): void {
    if (node.type === "SubExpression") this.call(node as hbs.AST.SubExpression, root);
    else if (node.type === "PathExpression") this.path(node as hbs.AST.PathExpression, root);
  }

  private path(path: hbs.AST.PathExpression, root: boolean): void {
    const parts = path.parts.map(String);
    const forbidden = parts.find((part) => ["__proto__", "constructor", "prototype"].includes(part));
    if (forbidden !== undefined) throw problem(path, `"${forbidden}" is not available.`);
    const [first] = parts;
    if (path.data) {
      if (["root", "key", "index", "first", "last"].includes(first ?? "")) return;
      throw problem(path, `no "@${first}"; there are @root, @key, @index, @first and @last.`);
    }
    if (blockHelpers.includes(path.original))
      throw problem(path, `${path.original} opens a block: write {{#${path.original} …}}.`);
    if (!root || path.depth > 0 || first === undefined || valueNames.includes(first)) return;
    throw problem(path, `no value "${first}"; there are ${valueNames.join(", ")}.`);
  }
}

function problem(node: hbs.AST.Node, message: string): TemplateProblem {
  return new TemplateProblem(node.loc.start.line, node.loc.start.column + 1, message);
}
