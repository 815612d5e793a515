-- What admins changed. Append-only, and without a word about who the people were.
CREATE TABLE audit_log (
  id       uuid PRIMARY KEY,
  actor_id uuid REFERENCES users,        -- nothing: an operator, by command
  action   text NOT NULL,
  user_id  uuid NOT NULL REFERENCES users,
  changes  jsonb NOT NULL,               -- {"status": {"from": "active", "to": "disabled"}}
  at       timestamptz NOT NULL DEFAULT now(),
  trace_id text NOT NULL DEFAULT ''
);
CREATE INDEX audit_log_of_user ON audit_log (user_id, id);
CREATE INDEX audit_log_of_actor ON audit_log (actor_id, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
