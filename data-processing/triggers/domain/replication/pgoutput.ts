/** A table as the log describes it. */
export interface LoggedTable {
  schema: string;
  table: string;
  columns: { name: string; json: boolean }[];
}

/** A message of the output plugin `pgoutput`, version 1 of its protocol, as far as it concerns inserts and updates. */
export type LogMessage =
  | { kind: "begin"; lsn: bigint; committedAt: Date }
  | { kind: "commit"; end: bigint }
  | { kind: "insert"; table: LoggedTable; newRecord: string }
  | { kind: "update"; table: LoggedTable; newRecord: string; oldRecord: string | null }
  | { kind: "message"; prefix: string; content: string };

const jsonTypes = new Set([114, 3802]);
/** Microseconds from 1970 to 2000, from which Postgres counts. */
const epoch = 946_684_800_000_000n;

/** Reads the messages of one connection: what it knows of tables comes from earlier ones. */
export class LogReader {
  private readonly tables = new Map<number, LoggedTable>();

  /** Undefined for a message that does not matter here. */
  read(bytes: Buffer): LogMessage | undefined {
    const at = new Cursor(bytes);
    switch (at.letter()) {
      case "B":
        return { kind: "begin", lsn: at.int64(), committedAt: instant(at.int64()) };
      case "C":
        at.skip(9);
        return { kind: "commit", end: at.int64() };
      case "R":
        this.tables.set(at.int32(), readTable(at));
        return undefined;
      case "I": {
        const table = this.table(at.int32());
        at.skip(1);
        return { kind: "insert", table, newRecord: record(table, readValues(at)) };
      }
      case "U":
        return this.update(at);
      case "M":
        at.skip(9);
        return { kind: "message", prefix: at.text(), content: at.bytes(at.int32()).toString("utf8") };
      default:
        return undefined;
    }
  }

  private update(at: Cursor): LogMessage {
    const table = this.table(at.int32());
    let kind = at.letter();
    let old: Values | undefined;
    if (kind !== "N") {
      const values = readValues(at);
      // Only the key, where the table has no full identity.
      if (kind === "O") old = values;
      kind = at.letter();
    }
    // A long value that was not changed is not told again.
    const values = readValues(at).map((value, place) => (value === undefined ? old?.[place] : value));
    return {
      kind: "update",
      table,
      newRecord: record(table, values),
      oldRecord: old ? record(table, old) : null,
    };
  }

  private table(id: number): LoggedTable {
    const table = this.tables.get(id);
    if (!table) throw new Error(`The log names a table ${id} that it has not described.`);
    return table;
  }
}

/** Texts of a row; null for null, undefined for a long value that was not changed. */
type Values = (string | null | undefined)[];

function readTable(at: Cursor): LoggedTable {
  const schema = at.text();
  const table = at.text();
  at.skip(1);
  const columns = Array.from({ length: at.int16() }, () => {
    at.skip(1);
    const name = at.text();
    const json = jsonTypes.has(at.int32());
    at.skip(4);
    return { name, json };
  });
  return { schema, table, columns };
}

function readValues(at: Cursor): Values {
  return Array.from({ length: at.int16() }, () => {
    const kind = at.letter();
    if (kind === "n") return null;
    if (kind === "u") return undefined;
    return at.bytes(at.int32()).toString("utf8");
  });
}

/** The row as JSON text: each value as its text, JSON as it is. */
function record({ columns }: LoggedTable, values: Values): string {
  const fields = columns.flatMap(({ name, json }, place) => {
    const value = values[place];
    if (value === undefined) return [];
    return [`${JSON.stringify(name)}:${value !== null && json ? value : JSON.stringify(value)}`];
  });
  return `{${fields.join(",")}}`;
}

function instant(microseconds: bigint): Date {
  return new Date(Number((microseconds + epoch) / 1000n));
}

class Cursor {
  private place = 0;

  constructor(private readonly buffer: Buffer) {}

  skip(count: number): void {
    this.place += count;
  }

  letter(): string {
    return this.bytes(1).toString("latin1");
  }

  int16(): number {
    return this.bytes(2).readInt16BE();
  }

  int32(): number {
    return this.bytes(4).readUInt32BE();
  }

  int64(): bigint {
    return this.bytes(8).readBigInt64BE();
  }

  /** A text that ends with a zero byte. */
  text(): string {
    const end = this.buffer.indexOf(0, this.place);
    const text = this.buffer.toString("utf8", this.place, end);
    this.place = end + 1;
    return text;
  }

  bytes(count: number): Buffer {
    this.place += count;
    return this.buffer.subarray(this.place - count, this.place);
  }
}
