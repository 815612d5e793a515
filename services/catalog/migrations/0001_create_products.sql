-- What is sold, and how much of it there is. Stock has a table of its own: a sale must not touch the
-- product's row, nor spoil an edit of it.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE category (
  id        uuid PRIMARY KEY,
  slug      text NOT NULL CONSTRAINT category_slug_taken UNIQUE,
  name      text NOT NULL,
  parent_id uuid CONSTRAINT category_parent REFERENCES category
);

CREATE TABLE product (
  id          uuid PRIMARY KEY,
  sku         text NOT NULL CONSTRAINT product_sku_taken UNIQUE,
  name        text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
  description text NOT NULL DEFAULT '' CHECK (char_length(description) <= 10000),
  category_id uuid REFERENCES category,
  price       bigint NOT NULL CHECK (price BETWEEN 1 AND 1000000000000),
  currency    text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  status      text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'archived')),
  image_url   text,
  attributes  jsonb NOT NULL DEFAULT '{}',
  version     bigint NOT NULL DEFAULT 1,
  trace_id    text NOT NULL DEFAULT '',
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  search      tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('simple', name), 'A') || setweight(to_tsvector('simple', sku), 'A')
    || setweight(to_tsvector('simple', description), 'C')) STORED
);
CREATE INDEX product_newest ON product (id DESC) WHERE status = 'active';
CREATE INDEX product_by_price ON product (currency, price, id) WHERE status = 'active';
CREATE INDEX product_by_name ON product (name, id) WHERE status = 'active';
CREATE INDEX product_of_category ON product (category_id, id) WHERE status = 'active';
CREATE INDEX product_words ON product USING gin (search);
CREATE INDEX product_trigrams ON product USING gin (name gin_trgm_ops);

CREATE TABLE stock (
  product_id uuid PRIMARY KEY REFERENCES product,
  on_hand    bigint NOT NULL CHECK (on_hand <= 1000000000),
  reserved   bigint NOT NULL DEFAULT 0,
  sold       bigint NOT NULL DEFAULT 0,
  CONSTRAINT never_oversold CHECK (0 <= reserved AND reserved <= on_hand)
) WITH (fillfactor = 70);

-- Every change of on_hand, once: their sum is on_hand (invariant I1). `ref` tells refunds and
-- adjustments of one order or product apart.
CREATE TABLE stock_movement (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product_id uuid NOT NULL REFERENCES product,
  kind       text NOT NULL CHECK (kind IN ('initial', 'import', 'adjustment', 'sale', 'restock')),
  delta      bigint NOT NULL,
  order_id   uuid,
  ref        text NOT NULL DEFAULT '',
  reason     text NOT NULL DEFAULT '',
  at         timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT movement_counts_once UNIQUE (order_id, product_id, kind, ref)
);
CREATE INDEX stock_movement_of_product ON stock_movement (product_id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME;
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON stock_movement
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
