-- What was answered under a key, and whose order or refund it made. While `status` is NULL the first
-- request is under way in the process `owner`; if that process died, the next request takes over.
CREATE TABLE idempotency_key (
  subject      uuid NOT NULL,
  key          text NOT NULL,
  fingerprint  text NOT NULL,
  status       int,
  content_type text,
  location     text,
  body         bytea,
  order_id     uuid,
  refund_id    uuid,
  owner        uuid,
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (subject, key)
);
CREATE INDEX idempotency_key_by_age ON idempotency_key (created_at);
