-- Events for everybody else, written by the transaction that makes them true. A product's version is
-- the event's: it grows by one with every change, so that a consumer sees when one is missing.

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

CREATE FUNCTION publish_product_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbox (type, aggregate_id, version, data, trace_id)
  VALUES ('product.' || CASE WHEN TG_OP = 'INSERT' THEN 'created'
                             WHEN NEW.status = 'archived' AND OLD.status <> 'archived' THEN 'archived'
                             ELSE 'updated' END,
          NEW.id::text, NEW.version,
          jsonb_build_object('product_id', NEW.id, 'sku', NEW.sku, 'name', NEW.name,
                             'price', jsonb_build_object('amount', NEW.price,
                                                         'currency', NEW.currency),
                             'status', NEW.status),
          NEW.trace_id);
  RETURN NULL;
END $$;
CREATE TRIGGER publish_created AFTER INSERT ON product
  FOR EACH ROW EXECUTE FUNCTION publish_product_event();
CREATE TRIGGER publish_changed AFTER UPDATE ON product
  FOR EACH ROW WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION publish_product_event();
