/**
 * The one-to-one assignment of rows to columns with the highest total score, by the Hungarian method (shortest
 * augmenting paths, O(n³)). Answers with each row's column, or -1 where there are more rows than columns.
 */
export function assign(scores: readonly (readonly number[])[]): number[] {
  const rows = scores.length;
  const columns = scores[0]?.length ?? 0;
  if (rows === 0 || columns === 0) return new Array<number>(rows).fill(-1);
  const size = Math.max(rows, columns);
  const cost = (row: number, column: number) => -(scores[row]?.[column] ?? 0);
  const rowPrice = new Array<number>(size + 1).fill(0);
  const columnPrice = new Array<number>(size + 1).fill(0);
  const rowOf = new Array<number>(size + 1).fill(0);
  for (let row = 1; row <= size; row++) {
    const from = new Array<number>(size + 1).fill(0);
    const slack = new Array<number>(size + 1).fill(Number.POSITIVE_INFINITY);
    const done = new Array<boolean>(size + 1).fill(false);
    rowOf[0] = row;
    let column = 0;
    do {
      done[column] = true;
      const current = rowOf[column]!;
      let delta = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let other = 1; other <= size; other++) {
        if (done[other]) continue;
        const reduced = cost(current - 1, other - 1) - rowPrice[current]! - columnPrice[other]!;
        if (reduced < slack[other]!) {
          slack[other] = reduced;
          from[other] = column;
        }
        if (slack[other]! < delta) {
          delta = slack[other]!;
          next = other;
        }
      }
      for (let other = 0; other <= size; other++) {
        if (done[other]) {
          rowPrice[rowOf[other]!]! += delta;
          columnPrice[other]! -= delta;
        } else slack[other]! -= delta;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      rowOf[column] = rowOf[from[column]!]!;
      column = from[column]!;
    }
  }
  const assigned = new Array<number>(rows).fill(-1);
  for (let column = 1; column <= columns; column++) {
    const row = rowOf[column]! - 1;
    if (row < rows) assigned[row] = column - 1;
  }
  return assigned;
}
