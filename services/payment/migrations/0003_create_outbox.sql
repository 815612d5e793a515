-- Events for everybody else, written by the transaction that makes them true. `version` counts the
-- published events of one payment without gaps, so that a consumer sees when one is missing.

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

-- `pending` and `unknown` are on the way and not news yet.
CREATE FUNCTION count_published_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.event_version := OLD.event_version + 1;
  NEW.updated_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER count_event BEFORE UPDATE ON payment
  FOR EACH ROW
  WHEN ((OLD.status <> NEW.status AND NEW.status NOT IN ('pending', 'unknown'))
        OR OLD.refunded <> NEW.refunded)
  EXECUTE FUNCTION count_published_event();

CREATE FUNCTION publish_payment_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbox (type, aggregate_id, version, data, trace_id, occurred_at)
  VALUES (
    'payment.' || CASE WHEN NEW.status = 'partially_refunded' THEN 'refunded'
                       ELSE NEW.status END,
    NEW.id::text, NEW.event_version,
    jsonb_build_object(
      'payment_id', NEW.id, 'order_id', NEW.order_id, 'user_id', NEW.user_id,
      'status', NEW.status,
      'amount', jsonb_build_object('amount', NEW.amount, 'currency', NEW.currency),
      'captured', jsonb_build_object('amount', NEW.captured, 'currency', NEW.currency),
      'refunded', jsonb_build_object('amount', NEW.refunded, 'currency', NEW.currency),
      'decline_code', NEW.decline_code),
    NEW.trace_id, NEW.updated_at);
  RETURN NULL;
END $$;
CREATE TRIGGER publish_event AFTER UPDATE ON payment
  FOR EACH ROW WHEN (OLD.event_version <> NEW.event_version)
  EXECUTE FUNCTION publish_payment_event();
