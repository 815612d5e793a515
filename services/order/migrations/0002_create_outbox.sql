-- Events for everybody else, written by the transaction that makes them true. `version` counts the
-- published events of one order without gaps, so that a consumer sees when one is missing.

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

-- `cancelling` is on the way and not news yet: `order.cancelled` follows.
CREATE FUNCTION count_published_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.event_version := OLD.event_version + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER count_event BEFORE UPDATE ON orders
  FOR EACH ROW
  WHEN ((OLD.status <> NEW.status AND NEW.status <> 'cancelling') OR OLD.refunded <> NEW.refunded)
  EXECUTE FUNCTION count_published_event();

CREATE FUNCTION publish_order_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moved boolean := TG_OP = 'INSERT' OR OLD.status <> NEW.status;
BEGIN
  INSERT INTO outbox (type, aggregate_id, version, data, trace_id, occurred_at)
  VALUES (
    'order.' || CASE WHEN NOT moved THEN 'refunded'
                     WHEN NEW.status = 'pending' THEN 'created'
                     ELSE NEW.status END,
    NEW.id::text, NEW.event_version,
    jsonb_build_object(
      'order_id', NEW.id, 'user_id', NEW.user_id, 'status', NEW.status,
      'total', CASE WHEN NEW.total IS NULL THEN NULL
                    ELSE jsonb_build_object('amount', NEW.total, 'currency', NEW.currency) END,
      'refunded', CASE WHEN NEW.refunded = 0 THEN NULL
                       ELSE jsonb_build_object('amount', NEW.refunded, 'currency', NEW.currency)
                  END,
      'reject_reason', NEW.reject_reason,
      'lines', (SELECT jsonb_agg(jsonb_build_object('product_id', product_id,
                                                    'quantity', quantity) ORDER BY position)
                  FROM order_line WHERE order_id = NEW.id)),
    NEW.trace_id, NEW.updated_at);
  RETURN NULL;
END $$;
CREATE TRIGGER publish_created AFTER INSERT ON orders
  FOR EACH ROW EXECUTE FUNCTION publish_order_event();
CREATE TRIGGER publish_event AFTER UPDATE ON orders
  FOR EACH ROW WHEN (OLD.event_version <> NEW.event_version)
  EXECUTE FUNCTION publish_order_event();
