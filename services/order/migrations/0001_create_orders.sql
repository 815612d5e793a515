-- Orders, their lines, and the record of what happened to them. What must never be true is refused
-- here, whatever the code does: an illegal move, a total that a client cannot read as a number,
-- more refunded than was paid.

CREATE TABLE allowed_transition (
  from_status text NOT NULL,
  to_status   text NOT NULL,
  PRIMARY KEY (from_status, to_status)
);
INSERT INTO allowed_transition (from_status, to_status) VALUES
  ('new', 'pending'),
  ('pending', 'confirmed'), ('pending', 'rejected'), ('pending', 'cancelling'),
  ('confirmed', 'shipped'), ('confirmed', 'cancelling'),
  ('shipped', 'delivered'),
  ('cancelling', 'cancelled');

CREATE TABLE orders (
  id               uuid PRIMARY KEY,
  number           bigint GENERATED ALWAYS AS IDENTITY (START WITH 100001) UNIQUE,
  user_id          uuid NOT NULL,
  status           text NOT NULL CHECK (status IN ('pending', 'confirmed', 'shipped', 'delivered',
                                                   'rejected', 'cancelling', 'cancelled')),
  version          bigint NOT NULL DEFAULT 1,
  event_version    bigint NOT NULL DEFAULT 1,
  currency         text CHECK (currency ~ '^[A-Z]{3}$'),
  -- 2^53 - 1: the largest integer that every JSON reader keeps exactly.
  total            bigint CHECK (total BETWEEN 1 AND 9007199254740991),
  refunded         bigint NOT NULL DEFAULT 0,
  refund_pending   bigint NOT NULL DEFAULT 0,
  shipping_address jsonb,
  payment_id       uuid,
  payment_status   text CHECK (payment_status IN ('authorized', 'captured', 'partially_refunded',
                                                  'refunded', 'voided', 'declined')),
  reject_reason    text,
  carrier          text,
  tracking_number  text,
  trace_id         text NOT NULL,
  created_at       timestamptz NOT NULL,
  updated_at       timestamptz NOT NULL,
  CONSTRAINT total_has_currency CHECK ((total IS NULL) = (currency IS NULL)),
  CONSTRAINT payment_is_whole CHECK (payment_id IS NULL OR payment_status IS NOT NULL),
  CONSTRAINT sold_means_priced_and_paid CHECK (
    status NOT IN ('confirmed', 'shipped', 'delivered')
    OR (total IS NOT NULL AND payment_id IS NOT NULL AND shipping_address IS NOT NULL)),
  CONSTRAINT rejected_has_reason CHECK (status <> 'rejected' OR reject_reason IS NOT NULL),
  CONSTRAINT never_refund_more_than_paid CHECK (
    refunded >= 0 AND refund_pending >= 0 AND refunded + refund_pending <= coalesce(total, 0))
);
CREATE INDEX orders_of_user ON orders (user_id, id);
CREATE INDEX orders_by_status ON orders (status, id);

CREATE TABLE order_line (
  order_id   uuid NOT NULL REFERENCES orders,
  product_id uuid NOT NULL,
  position   int NOT NULL,
  quantity   int NOT NULL CHECK (quantity BETWEEN 1 AND 10000),
  -- What the catalog said when it reserved the stock; unknown until then.
  sku        text,
  name       text,
  unit_price bigint CHECK (unit_price > 0),
  refunded   int NOT NULL DEFAULT 0,
  PRIMARY KEY (order_id, product_id),
  CONSTRAINT offer_is_whole CHECK (num_nulls(sku, name, unit_price) IN (0, 3)),
  CONSTRAINT never_refund_more_than_bought CHECK (refunded BETWEEN 0 AND quantity)
);

-- Every move of an order. Written by the trigger below and by nothing else.
CREATE TABLE order_event (
  order_id    uuid NOT NULL REFERENCES orders,
  seq         bigint NOT NULL,
  from_status text NOT NULL,
  to_status   text NOT NULL,
  at          timestamptz NOT NULL,
  trace_id    text NOT NULL,
  PRIMARY KEY (order_id, seq),
  CONSTRAINT illegal_transition FOREIGN KEY (from_status, to_status) REFERENCES allowed_transition
);

-- What the services did for an order: together with order_event, its timeline.
CREATE TABLE order_step (
  id       bigint GENERATED ALWAYS AS IDENTITY,
  order_id uuid NOT NULL REFERENCES orders,
  step     text NOT NULL,
  service  text NOT NULL,
  attempt  int NOT NULL CHECK (attempt >= 1),
  outcome  text NOT NULL CHECK (outcome IN ('ok', 'failed', 'retried', 'unknown', 'degraded',
                                            'undone')),
  detail   text NOT NULL,
  at       timestamptz NOT NULL,
  trace_id text NOT NULL,
  PRIMARY KEY (order_id, id)
);

CREATE FUNCTION record_order_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO order_event (order_id, seq, from_status, to_status, at, trace_id)
  VALUES (NEW.id, NEW.version, CASE TG_OP WHEN 'INSERT' THEN 'new' ELSE OLD.status END,
          NEW.status, NEW.updated_at, NEW.trace_id);
  RETURN NULL;
END $$;
CREATE TRIGGER record_first_event AFTER INSERT ON orders
  FOR EACH ROW EXECUTE FUNCTION record_order_event();
CREATE TRIGGER record_event AFTER UPDATE ON orders
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION record_order_event();
