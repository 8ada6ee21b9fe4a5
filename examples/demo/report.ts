/** What the demo prints. */
const colour = process.stdout.isTTY && !process.env.NO_COLOR;

export function heading(text: string): void {
  console.log(`\n${colour ? `\u001b[1m${text}\u001b[0m` : text}`);
}

export function line(text: string): void {
  console.log(`  ${text}`);
}

/** Aligned columns, two spaces apart. */
export function table(rows: string[][]): void {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  for (const row of rows)
    line(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** Draws a bar on a terminal, over the one before; elsewhere prints a line at each tenth. */
export function progressBar(label: string): (done: number, total: number, note?: string) => void {
  let tenth = -1;
  return (done, total, note = "") => {
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const text = `${label} ${count(done)} of ${count(total)} ${note}`.trimEnd();
    if (process.stdout.isTTY) {
      const filled = Math.round(share * 30);
      process.stdout.write(`\r  [${"█".repeat(filled)}${"░".repeat(30 - filled)}] ${text}\u001b[K`);
      if (done >= total) process.stdout.write("\n");
      return;
    }
    if (Math.floor(share * 10) > tenth) {
      tenth = Math.floor(share * 10);
      line(text);
    }
  };
}
