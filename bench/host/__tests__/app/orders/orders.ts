import { APIError, api, type Query } from "encore.dev/api";
import { SQLDatabase } from "encore.dev/storage/sqldb";
import type { Max, MaxLen, Min, MinLen } from "encore.dev/validate";

const db = new SQLDatabase("orders", { migrations: "./migrations" });

interface OrderLine {
  sku: string & MinLen<1>;
  quantity: number & Min<1> & Max<1000>;
  priceCents: number;
}

interface PriceOrderRequest {
  customer: string & MinLen<1> & MaxLen<100>;
  lines: OrderLine[];
  dryRun?: Query<boolean>;
}

interface PricedOrder {
  customer: string;
  totalCents: number;
  lines: number;
  dryRun: boolean;
}

/** Adds up an order: a body to decode and validate, a body to write. */
export const priceOrder = api(
  { expose: true, method: "POST", path: "/orders/price" },
  async (req: PriceOrderRequest): Promise<PricedOrder> => ({
    customer: req.customer,
    totalCents: req.lines.reduce((sum, line) => sum + line.quantity * line.priceCents, 0),
    lines: req.lines.length,
    dryRun: req.dryRun ?? false,
  }),
);

interface Product {
  sku: string;
  name: string;
  priceCents: number;
}

/** Reads one row by primary key. */
export const getProduct = api(
  { expose: true, method: "GET", path: "/products/:sku" },
  async ({ sku }: { sku: string }): Promise<Product> => {
    const row = await db.queryRow<{ sku: string; name: string; price_cents: number }>`
      SELECT sku, name, price_cents FROM products WHERE sku = ${sku}`;
    if (!row) throw APIError.notFound(`no product ${sku}`);
    return { sku: row.sku, name: row.name, priceCents: row.price_cents };
  },
);
