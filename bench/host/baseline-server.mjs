/**
 * The baseline: the same two endpoints as `__tests__/app`, written by hand on
 * Hono and `postgres`, checks included. Takes the port and the database URL as
 * arguments and prints `ready` once it listens.
 */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import postgres from "postgres";

const [port, databaseUrl] = process.argv.slice(2);
if (!port || !databaseUrl) throw new Error("usage: baseline-server.mjs PORT DATABASE_URL");

const sql = postgres(databaseUrl, { max: 10 });
const app = new Hono();

function invalid(c, message) {
  return c.json({ code: "invalid_argument", message, details: null }, 400);
}

app.post("/orders/price", async (c) => {
  let body;
  try {
    body = await c.req.json();
  } catch {
    return invalid(c, "malformed JSON");
  }
  const { customer, lines } = body;
  if (typeof customer !== "string" || customer.length < 1 || customer.length > 100)
    return invalid(c, "customer");
  if (!Array.isArray(lines)) return invalid(c, "lines");
  let totalCents = 0;
  for (const line of lines) {
    if (typeof line?.sku !== "string" || line.sku.length < 1) return invalid(c, "lines.sku");
    if (typeof line.quantity !== "number" || line.quantity < 1 || line.quantity > 1000)
      return invalid(c, "lines.quantity");
    if (typeof line.priceCents !== "number") return invalid(c, "lines.priceCents");
    totalCents += line.quantity * line.priceCents;
  }
  const dryRun = c.req.query("dryRun");
  if (dryRun !== undefined && dryRun !== "true" && dryRun !== "false") return invalid(c, "dryRun");
  return c.json({ customer, totalCents, lines: lines.length, dryRun: dryRun === "true" });
});

app.get("/products/:sku", async (c) => {
  const sku = c.req.param("sku");
  const [row] = await sql`SELECT sku, name, price_cents FROM products WHERE sku = ${sku}`;
  if (!row) return c.json({ code: "not_found", message: `no product ${sku}`, details: null }, 404);
  return c.json({ sku: row.sku, name: row.name, priceCents: row.price_cents });
});

serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" }, () => console.log("ready"));
