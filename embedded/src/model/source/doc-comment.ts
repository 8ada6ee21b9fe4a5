import type TS from "typescript";
import { ts } from "../typescript.js";
import type { SourceModule } from "./source-module.js";

/** The doc comment of a resource: above the expression that makes it, or above the statement that starts on its line. */
export function resourceDoc(module: SourceModule, node: TS.Node): string | undefined {
  return docComment(module, node) ?? commentAboveLine(module, node);
}

/** The comment right above a node: one block comment, or line comments without a gap. */
export function docComment(module: SourceModule, node: TS.Node): string | undefined {
  const { source } = module;
  const start = node.getStart(source);
  const comments = (ts.getLeadingCommentRanges(source.text, node.getFullStart()) ?? []).filter(
    (c) => c.end <= start,
  );
  const line = ts.getLineAndCharacterOfPosition(source, start).line;
  const text = attachedComments(source, comments, line)
    .flatMap((range) => linesOf(source.text.slice(range.pos, range.end)))
    .join("\n")
    .trim();
  return text === "" ? undefined : text;
}

function commentAboveLine(module: SourceModule, node: TS.Node): string | undefined {
  const { source } = module;
  const lineOf = (at: TS.Node) => ts.getLineAndCharacterOfPosition(source, at.getStart(source)).line;
  const line = lineOf(node);
  for (
    let at: TS.Node | undefined = node.parent;
    at && !ts.isSourceFile(at) && lineOf(at) === line;
    at = at.parent
  ) {
    const found = docComment(module, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function attachedComments(source: TS.SourceFile, ranges: TS.CommentRange[], line: number): TS.CommentRange[] {
  const attached: TS.CommentRange[] = [];
  let next = line;
  for (const range of ranges.toReversed()) {
    const block = range.kind === ts.SyntaxKind.MultiLineCommentTrivia;
    if (attached.length > 0 && block) break;
    if (ts.getLineAndCharacterOfPosition(source, range.end).line < next - 1) break;
    attached.unshift(range);
    if (block) break;
    next = ts.getLineAndCharacterOfPosition(source, range.pos).line;
  }
  return attached;
}

function linesOf(comment: string): string[] {
  if (comment.startsWith("//")) return [comment.slice(2).trim()];
  const jsdoc = comment.startsWith("/**");
  return comment
    .slice(jsdoc ? 3 : 2, -2)
    .split("\n")
    .map((line) => (jsdoc ? line.trim().replace(/^\*\s?/, "") : line).trim());
}
