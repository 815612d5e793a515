-- Carts. What was last seen of a product is kept beside it, so that a cart can be read while the
-- catalog is away; it is never what an order is sold at.
CREATE TABLE cart_line (
  user_id    uuid NOT NULL,
  product_id uuid NOT NULL,
  quantity   int NOT NULL CHECK (quantity BETWEEN 1 AND 10000),
  sku        text,
  name       text,
  unit_price bigint CHECK (unit_price > 0),
  currency   text CHECK (currency ~ '^[A-Z]{3}$'),
  added_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, product_id),
  CONSTRAINT remembered_offer_is_whole CHECK (num_nulls(sku, name, unit_price, currency) IN (0, 4))
);
