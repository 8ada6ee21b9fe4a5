// The floor of Bun: one route without a framework, one query without Drizzle.
import postgres from "postgres";

const sql = postgres(process.env.DATABASE_URL!, { max: 10 });

Bun.serve({
  port: Number(process.env.PORT),
  async fetch({ url }) {
    const [task] = await sql`select * from tasks where id = ${url.slice(url.lastIndexOf("/") + 1)}`;
    return task === undefined
      ? Response.json({ message: "not found" }, { status: 404 })
      : Response.json(task);
  },
});
