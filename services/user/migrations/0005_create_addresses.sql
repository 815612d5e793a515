CREATE TABLE address (
  id          uuid PRIMARY KEY,
  user_id     uuid NOT NULL REFERENCES users,
  name        text NOT NULL,
  line1       text NOT NULL,
  line2       text,
  city        text NOT NULL,
  region      text,
  postal_code text NOT NULL,
  country     text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
  phone       text
);
CREATE INDEX address_of_user ON address (user_id, id);

-- What was answered under an Idempotency-Key.
CREATE TABLE idempotency_key (
  subject      uuid NOT NULL,
  key          text NOT NULL,
  fingerprint  text NOT NULL,
  status       int,
  content_type text,
  location     text,
  body         bytea,
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (subject, key)
);
CREATE INDEX idempotency_key_by_age ON idempotency_key (created_at);
