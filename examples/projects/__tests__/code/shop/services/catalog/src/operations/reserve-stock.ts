import type { ReserveStockInput, ReserveStockOutput } from "@shop/contracts/catalog.js";
import { and, eq, gte, sql } from "drizzle-orm";
import { productsCache } from "../caches/products-cache.js";
import { db } from "../db.js";
import { notFound, Problem } from "../problem.js";
import { products } from "../schema.js";

/** Takes pieces of a product out of stock; refuses where there are fewer. */
export async function reserveStock({ productId, quantity }: ReserveStockInput): Promise<ReserveStockOutput> {
  const [row] = await db
    .update(products)
    .set({ stock: sql`${products.stock} - ${quantity}` })
    .where(and(eq(products.id, productId), gte(products.stock, quantity)))
    .returning({ left: products.stock });
  if (row === undefined) {
    const [product] = await db.select().from(products).where(eq(products.id, productId));
    if (product === undefined) throw notFound("product");
    throw new Problem(409, "out_of_stock", `Only ${product.stock} are left.`);
  }
  await productsCache.drop(productId);
  return row;
}
