-- Refunds. A pending one counts against the order at once; only a definite failure gives it back.
CREATE TABLE refund (
  id         uuid PRIMARY KEY,
  order_id   uuid NOT NULL REFERENCES orders,
  amount     bigint NOT NULL CHECK (amount > 0),
  currency   text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  reason     text NOT NULL,
  restock    boolean NOT NULL,
  status     text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
  paid_back  boolean NOT NULL DEFAULT false,  -- the money is back; the stock may still be owed
  created_at timestamptz NOT NULL
);
CREATE INDEX refund_of_order ON refund (order_id, id);

CREATE TABLE refund_line (
  refund_id  uuid NOT NULL REFERENCES refund,
  product_id uuid NOT NULL,
  position   int NOT NULL,
  quantity   int NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (refund_id, product_id)
);
