-- One payment per order. What was taken, given back and promised back is counted here, under the
-- row's lock, so that no two requests can together give back more than was taken.

CREATE TABLE payment (
  id                uuid PRIMARY KEY,
  order_id          uuid NOT NULL UNIQUE,
  -- A tombstone, left by a void that came before its authorisation, knows the order alone.
  user_id           uuid,
  amount            bigint CHECK (amount BETWEEN 1 AND 9007199254740991),
  currency          text CHECK (currency ~ '^[A-Z]{3}$'),
  payment_method    text,
  status            text NOT NULL CHECK (status IN ('pending', 'authorized', 'captured',
                      'partially_refunded', 'refunded', 'voided', 'declined', 'unknown')),
  authorized        bigint NOT NULL DEFAULT 0 CHECK (authorized >= 0),
  captured          bigint NOT NULL DEFAULT 0 CHECK (captured >= 0),
  refunded          bigint NOT NULL DEFAULT 0 CHECK (refunded >= 0),
  refund_pending    bigint NOT NULL DEFAULT 0 CHECK (refund_pending >= 0),
  intent_id         text UNIQUE,
  card_brand        text,
  card_last4        text,
  decline_code      text,
  capture_requested boolean NOT NULL DEFAULT false,
  void_requested    boolean NOT NULL DEFAULT false,
  -- Whether the provider has to be asked for something, and when: in the future while somebody is
  -- asking already.
  owes              boolean NOT NULL GENERATED ALWAYS AS (
                      status IN ('pending', 'unknown')
                      OR (status = 'authorized' AND (capture_requested OR void_requested))
                      OR (void_requested AND captured > refunded + refund_pending)) STORED,
  next_attempt_at   timestamptz NOT NULL DEFAULT now(),
  attempts          int NOT NULL DEFAULT 0,
  event_version     bigint NOT NULL DEFAULT 0,
  trace_id          text NOT NULL DEFAULT '',
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT never_more_than_authorized
    CHECK (captured <= authorized AND refunded + refund_pending <= captured),
  CONSTRAINT only_tombstones_know_no_user CHECK (
    (user_id IS NOT NULL AND amount IS NOT NULL AND currency IS NOT NULL
      AND payment_method IS NOT NULL) OR status = 'voided')
);
CREATE INDEX payment_due ON payment (next_attempt_at) WHERE owes;

CREATE TABLE payment_attempt (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  payment_id uuid NOT NULL REFERENCES payment (id),
  operation  text NOT NULL CHECK (operation IN ('authorize', 'capture', 'void', 'refund')),
  outcome    text NOT NULL CHECK (outcome IN ('ok', 'declined', 'refused', 'unknown')),
  at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX payment_attempt_of ON payment_attempt (payment_id, id);

CREATE TABLE refund (
  id              uuid PRIMARY KEY,
  payment_id      uuid NOT NULL REFERENCES payment (id),
  amount          bigint NOT NULL CHECK (amount > 0),
  reason          text NOT NULL,
  status          text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
  provider_id     text,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  attempts        int NOT NULL DEFAULT 0,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX refund_of ON refund (payment_id);
CREATE INDEX refund_due ON refund (next_attempt_at) WHERE status = 'pending';
