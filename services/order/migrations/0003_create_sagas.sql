-- Work that is owed to an order. A row exists exactly as long as something is still to be done: an
-- order's own saga (checkout, then capture, or undo) has the order's id, a refund's has the refund's.

-- Each process renews its row every second; one that did not for 3 s counts as dead.
CREATE TABLE instance (
  id      uuid PRIMARY KEY,
  seen_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE saga (
  id             uuid PRIMARY KEY,
  order_id       uuid NOT NULL REFERENCES orders,
  kind           text NOT NULL CHECK (kind IN ('checkout', 'capture', 'undo', 'refund')),
  version        bigint NOT NULL DEFAULT 1,
  attempt        int NOT NULL DEFAULT 1,
  lease          uuid,          -- the instance at work on it
  next_run_at    timestamptz NOT NULL DEFAULT now(),
  started_at     timestamptz NOT NULL DEFAULT now(),
  trace_id       text NOT NULL,
  parked_reason  text,          -- an invariant of ours is broken: a person has to look
  -- checkout: what was asked for and is not part of the order
  idempotency_key text,
  payment_method text,
  address_id     uuid,
  expected_total bigint,
  expected_currency text,
  from_cart      boolean NOT NULL DEFAULT false,
  buyer_checked  boolean NOT NULL DEFAULT false,
  -- undo: what is done already
  released       boolean NOT NULL DEFAULT false,
  voided         boolean NOT NULL DEFAULT false,
  refunded       boolean NOT NULL DEFAULT false,
  CONSTRAINT order_saga_has_its_id CHECK ((kind = 'refund') = (id <> order_id))
);
CREATE INDEX saga_due ON saga (next_run_at) WHERE parked_reason IS NULL;
CREATE INDEX saga_of_order ON saga (order_id);

-- Buyers whom the user service once called active: good enough while it is down.
CREATE TABLE seen_active (
  user_id uuid PRIMARY KEY,
  seen_at timestamptz NOT NULL DEFAULT now()
);
