/**
 * The one-to-one assignment of columns to rows with the greatest total score: the Hungarian method in its form with
 * potentials and shortest augmenting paths (Jonker and Volgenant, 1987), O(rows² × columns). `scores[row][column]`
 * are 0 or more; the result holds a column for each row, or -1 where columns ran out. Rows and columns may differ in
 * number.
 */
export function bestAssignment(scores: number[][]): number[] {
  const rows = scores.length;
  const columns = scores[0]?.length ?? 0;
  if (rows === 0 || columns === 0) return new Array<number>(rows).fill(-1);
  const width = Math.max(rows, columns);
  const cost = (row: number, column: number): number => -(scores[row]?.[column] ?? 0);

  // Row and column 0 are the usual auxiliary ones.
  const rowPotential = new Array<number>(rows + 1).fill(0);
  const columnPotential = new Array<number>(width + 1).fill(0);
  const rowOf = new Array<number>(width + 1).fill(0);
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row;
    const shortest = new Array<number>(width + 1).fill(Number.POSITIVE_INFINITY);
    const previous = new Array<number>(width + 1).fill(0);
    const done = new Array<boolean>(width + 1).fill(false);
    let column = 0;
    while (rowOf[column] !== 0) {
      done[column] = true;
      const current = rowOf[column]!;
      let step = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let candidate = 1; candidate <= width; candidate++) {
        if (done[candidate]) continue;
        const reduced =
          cost(current - 1, candidate - 1) - rowPotential[current]! - columnPotential[candidate]!;
        if (reduced < shortest[candidate]!) {
          shortest[candidate] = reduced;
          previous[candidate] = column;
        }
        if (shortest[candidate]! < step) {
          step = shortest[candidate]!;
          next = candidate;
        }
      }
      for (let each = 0; each <= width; each++) {
        if (done[each]) {
          rowPotential[rowOf[each]!]! += step;
          columnPotential[each]! -= step;
        } else {
          shortest[each]! -= step;
        }
      }
      column = next;
    }
    while (column !== 0) {
      rowOf[column] = rowOf[previous[column]!]!;
      column = previous[column]!;
    }
  }

  const result = new Array<number>(rows).fill(-1);
  for (let column = 1; column <= columns; column++) {
    const row = rowOf[column]!;
    if (row > 0) result[row - 1] = column - 1;
  }
  return result;
}
