-- Accounts. What must never be true is refused here, whatever the code does: two accounts with one
-- e-mail address, a shop without an admin once it had one, an anonymised account that still says
-- who it was.

-- Two spellings of one address have the same key: composed the same way, without upper case. By
-- ICU's rules, since the locale of a cluster may know ASCII alone.
CREATE FUNCTION normalized_email(email text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN normalize(lower(normalize(email, NFC) COLLATE "und-x-icu"), NFC) COLLATE "C";

CREATE TABLE users (
  id            uuid PRIMARY KEY,
  email         text CHECK (char_length(email) <= 254),  -- as its owner writes it
  email_key     text COLLATE "C" GENERATED ALWAYS AS (normalized_email(email)) STORED,
  name          text CHECK (char_length(name) BETWEEN 1 AND 200),
  password_hash text,
  role          text NOT NULL DEFAULT 'customer' CHECK (role IN ('customer', 'admin')),
  status        text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
  version       bigint NOT NULL DEFAULT 1,
  event_version bigint NOT NULL DEFAULT 1,  -- counts this account's events without gaps
  trace_id      text NOT NULL DEFAULT '',   -- of the request that changed it last
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  deleted_at    timestamptz,
  CONSTRAINT deleted_means_anonymous CHECK (
    num_nulls(email, name, password_hash) = CASE WHEN deleted_at IS NULL THEN 0 ELSE 3 END),
  CONSTRAINT deleted_means_powerless CHECK (
    deleted_at IS NULL OR (status = 'disabled' AND role = 'customer'))
);
-- Also serves the search for a prefix, since its collation is "C".
CREATE UNIQUE INDEX users_by_email ON users (email_key);
CREATE INDEX users_admins ON users (id) WHERE role = 'admin';

-- Two admins who dismiss each other at the same time would both see another one left: the lock makes
-- the second look only when the first has committed.
CREATE FUNCTION keep_an_admin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('mercato.user.last_admin'));
  IF NOT EXISTS (SELECT FROM users WHERE role = 'admin' AND status = 'active') THEN
    RAISE EXCEPTION 'the last admin stays'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'last_admin';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_an_admin AFTER UPDATE ON users
  FOR EACH ROW
  WHEN (OLD.role = 'admin' AND OLD.status = 'active'
        AND NOT (NEW.role = 'admin' AND NEW.status = 'active'))
  EXECUTE FUNCTION keep_an_admin();
