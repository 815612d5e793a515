-- Events for everybody else, written by the very statement that makes them true. They name an
-- account and tell nothing about the person behind it.

CREATE TABLE outbox (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id      uuid NOT NULL DEFAULT gen_random_uuid(),
  type          text NOT NULL,
  aggregate_id  text NOT NULL,
  version       bigint NOT NULL,
  data          jsonb NOT NULL,
  trace_id      text NOT NULL DEFAULT '',
  occurred_at   timestamptz NOT NULL DEFAULT now(),
  published_seq bigint UNIQUE,
  published_at  timestamptz
);
CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_seq IS NULL;

CREATE FUNCTION count_user_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.event_version := OLD.event_version + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER count_event BEFORE UPDATE ON users
  FOR EACH ROW
  WHEN (OLD.status <> NEW.status OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
  EXECUTE FUNCTION count_user_event();

CREATE FUNCTION publish_user_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbox (type, aggregate_id, version, data, trace_id)
  VALUES (
    'user.' || CASE WHEN NEW.deleted_at IS NOT NULL THEN 'deleted'
                    WHEN TG_OP = 'INSERT' THEN 'registered'
                    WHEN NEW.status = 'disabled' THEN 'disabled'
                    ELSE 'enabled' END,
    NEW.id::text, NEW.event_version,
    jsonb_build_object('user_id', NEW.id, 'status', NEW.status), NEW.trace_id);
  NOTIFY outbox;
  RETURN NULL;
END $$;
CREATE TRIGGER publish_registered AFTER INSERT ON users
  FOR EACH ROW EXECUTE FUNCTION publish_user_event();
CREATE TRIGGER publish_event AFTER UPDATE ON users
  FOR EACH ROW WHEN (OLD.event_version <> NEW.event_version)
  EXECUTE FUNCTION publish_user_event();
