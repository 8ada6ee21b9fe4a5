/** A line of CSV (RFC 4180), with its line end. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/**
 * A cell. A text that a spreadsheet would run as a formula is given an apostrophe in front; numbers are not, so that
 * negative record ids stay as they are.
 */
function csvCell(text: string): string {
  const formula = /^[\s]*[=+\-@]|^[\t\r\n]/.test(text) && !/^[+-]?\d+(\.\d+)?$/.test(text);
  const safe = formula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
