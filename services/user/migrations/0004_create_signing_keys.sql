-- Keys that sign access tokens, sealed with KEY_ENCRYPTION_KEY. A key signs from its time on until
-- the next one's time has come, so that all replicas agree without talking; it is published before
-- and for a token's life after.
CREATE TABLE signing_key (
  kid                text PRIMARY KEY,
  sealed_private_key bytea NOT NULL,
  signs_from         timestamptz NOT NULL UNIQUE,
  created_at         timestamptz NOT NULL DEFAULT now()
);
