/** Stands for a value that app code cannot get; asking for its row throws. */
class Undecodable {
  constructor(readonly error: Error) {}
}

/** Rows are only searched once there has been such a value. */
let seen = false;

/** The decoder, but it never throws: the driver loses track of its statements when decoding does. */
export function safely(decode: (text: string) => unknown): (text: string) => unknown {
  return (text) => {
    try {
      return decode(text);
    } catch (error) {
      seen = true;
      return new Undecodable(error as Error);
    }
  };
}

/** Throws when a column could not be decoded. */
export function checkDecoded(row: Record<string, unknown>): void {
  if (!seen) return;
  for (const [column, value] of Object.entries(row)) {
    if (value instanceof Undecodable)
      throw new Error(`unable to parse column ${column}: ${value.error.message}`);
  }
}
