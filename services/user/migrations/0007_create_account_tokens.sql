-- Single-use tokens that are sent by mail: to choose a new password, or to show that an e-mail
-- address is one's own. An account has one of each at most, so that this cannot grow.
ALTER TABLE users ADD COLUMN email_verified_at timestamptz;

CREATE TABLE account_token (
  hash         bytea PRIMARY KEY,
  user_id      uuid NOT NULL REFERENCES users,
  purpose      text NOT NULL CHECK (purpose IN ('password_reset', 'email_verification')),
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL DEFAULT now() + interval '30 minutes',
  -- Until the mail is sent: the token itself, sealed with KEY_ENCRYPTION_KEY, and when to try.
  sealed_token bytea,
  send_at      timestamptz,
  CONSTRAINT mail_is_whole CHECK (num_nulls(sealed_token, send_at) IN (0, 2)),
  CONSTRAINT one_per_purpose UNIQUE (user_id, purpose)
);
CREATE INDEX account_token_to_send ON account_token (send_at) WHERE send_at IS NOT NULL;
