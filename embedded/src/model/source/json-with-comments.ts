/**
 * Removes line and block comments from JSON text, keeping strings and line
 * breaks, so that a parse error still names the right line.
 */
export function stripJsonComments(text: string): string {
  return text.replace(/"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, (part) =>
    part.startsWith('"') ? part : part.replace(/[^\n]/g, " "),
  );
}
