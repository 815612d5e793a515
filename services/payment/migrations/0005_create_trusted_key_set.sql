-- The last good key set of the token issuer, so that a restart while it is down harms nobody.
CREATE TABLE trusted_key_set (
  id       int PRIMARY KEY CHECK (id = 1),
  jwks     text NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT now()
);
