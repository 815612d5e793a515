-- Wishes for a mail with a token, by whoever typed an e-mail address. Whether it has an account is
-- looked up when the mail is made, so that asking takes as long either way.
CREATE TABLE mail_request (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  purpose      text NOT NULL CHECK (purpose IN ('password_reset', 'email_verification')),
  email_key    text COLLATE "C" NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT asked_once UNIQUE (purpose, email_key)
);
