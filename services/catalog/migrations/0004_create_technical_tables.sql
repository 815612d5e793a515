-- The first answer to each keyed request, to be given again.
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

-- The last good key set of the token issuer, so that a restart while it is down harms nobody.
CREATE TABLE trusted_key_set (
  id       int PRIMARY KEY CHECK (id = 1),
  jwks     text NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT now()
);
