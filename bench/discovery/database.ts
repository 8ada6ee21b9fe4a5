import type postgres from "postgres";

export const tables = 1_000;
export const columnsEach = 30;

const rowsEach = 20;
const kinds = ["text", "integer", "numeric(12,2)", "timestamptz", "boolean", "varchar(40)", "jsonb", "date"];

/**
 * Makes the tables as a large system has them: a key, a unique column, a foreign key to the table before, a check, an enum, a
 * domain, defaults, comments, some rows, and statistics.
 */
export async function makeTables(sql: postgres.Sql): Promise<void> {
  await sql.unsafe("CREATE TYPE state AS ENUM ('new', 'open', 'done', 'dropped')");
  await sql.unsafe("CREATE DOMAIN amount AS numeric(14,2) CHECK (VALUE >= 0)");
  for (let at = 0; at < tables; at += 100) {
    const statements = Array.from({ length: 100 }, (_, place) => tableSql(at + place));
    await sql.unsafe(statements.join("\n"));
  }
  await sql.unsafe("ANALYZE");
}

function tableSql(number: number): string {
  const name = `table_${number}`;
  const plain = Array.from(
    { length: columnsEach - 6 },
    (_, at) => `column_${at} ${kinds[at % kinds.length]}`,
  );
  const parent = number === 0 ? "parent_id bigint" : `parent_id bigint REFERENCES table_${number - 1} (id)`;
  const columns = [
    "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    "code text NOT NULL UNIQUE",
    parent,
    "state state NOT NULL DEFAULT 'new'",
    "total amount CHECK (total < 1000000)",
    "created_at timestamptz NOT NULL DEFAULT now()",
    ...plain,
  ];
  return `CREATE TABLE ${name} (${columns.join(", ")});
    COMMENT ON TABLE ${name} IS 'Table number ${number}';
    COMMENT ON COLUMN ${name}.code IS 'Code by which people know it';
    INSERT INTO ${name} (code, column_0, column_1) SELECT 'c' || i, 'text ' || i % 5, i FROM generate_series(1, ${rowsEach}) i;`;
}
