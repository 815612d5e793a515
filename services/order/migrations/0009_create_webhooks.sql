-- Webhooks to systems of the merchant. PostgreSQL holds what is owed to whom; Redis at most says
-- that there is something to do.

CREATE TABLE webhook_endpoint (
  id            uuid PRIMARY KEY,
  url           text NOT NULL,
  events        text[] NOT NULL CHECK (cardinality(events) > 0),
  sealed_secret bytea NOT NULL,
  enabled       boolean NOT NULL DEFAULT true,
  failures      int NOT NULL DEFAULT 0,              -- attempts in a row
  rest_until    timestamptz NOT NULL DEFAULT now(),  -- not even tried before
  created_at    timestamptz NOT NULL
);

-- What one endpoint is to be told of one event. No foreign key: an endpoint is deleted at once, its
-- deliveries are cleared away in batches.
CREATE TABLE webhook_delivery (
  id              uuid PRIMARY KEY,
  endpoint_id     uuid NOT NULL,
  event_id        uuid NOT NULL,
  event           text NOT NULL,
  body            text NOT NULL,  -- as it is signed and sent
  status          text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
  attempts        int NOT NULL DEFAULT 0,
  tries           int NOT NULL DEFAULT 0,  -- attempts since it was last asked for by hand
  response_status int,
  error           text,
  next_attempt_at timestamptz,
  give_up_at      timestamptz NOT NULL,
  leased_until    timestamptz,             -- somebody is at it
  created_at      timestamptz NOT NULL,
  CONSTRAINT told_once UNIQUE (endpoint_id, event_id),
  CONSTRAINT pending_is_planned CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL))
);
CREATE INDEX webhook_delivery_of_endpoint ON webhook_delivery (endpoint_id, id);
CREATE INDEX webhook_delivery_due ON webhook_delivery (endpoint_id, next_attempt_at, id)
  WHERE status = 'pending';
CREATE INDEX webhook_delivery_by_age ON webhook_delivery (created_at);

-- How far the events were turned into deliveries. Only events from now on are news.
CREATE TABLE webhook_progress (
  id            int PRIMARY KEY CHECK (id = 1),
  published_seq bigint NOT NULL
);
INSERT INTO webhook_progress (id, published_seq)
SELECT 1, coalesce(max(published_seq), 0) FROM outbox;

-- A kept answer with a secret in it is sealed.
ALTER TABLE idempotency_key ADD COLUMN sealed boolean NOT NULL DEFAULT false;
