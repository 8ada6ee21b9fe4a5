CREATE TABLE products (
  sku text PRIMARY KEY,
  name text NOT NULL,
  price_cents integer NOT NULL
);
INSERT INTO products SELECT 'sku-' || n, 'Product ' || n, n * 10 FROM generate_series(1, 1000) AS n;
