-- Signed-in devices. A session has one good refresh token at a time, kept as a hash; using it puts
-- the next one in its place. Tokens carry a proof that we made them, so that an old one is known for
-- what it is without being remembered.
CREATE TABLE session (
  id               uuid PRIMARY KEY,
  user_id          uuid NOT NULL REFERENCES users,
  user_agent       text,
  token_hash       bytea NOT NULL,
  -- The token that was used last, and the pair it was exchanged for: sealed under a key that is
  -- made of that token, which nobody has but the client.
  used_token_hash  bytea,
  used_at          timestamptz,
  sealed_successor bytea,
  created_at       timestamptz NOT NULL DEFAULT now(),
  last_used_at     timestamptz NOT NULL DEFAULT now(),
  expires_at       timestamptz NOT NULL,
  ended_at         timestamptz,
  CONSTRAINT used_token_is_whole CHECK (num_nulls(used_token_hash, used_at) IN (0, 2))
);
CREATE INDEX session_of_user ON session (user_id, id);
CREATE INDEX session_by_end ON session (least(expires_at, ended_at));
