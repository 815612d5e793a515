-- An order for something that is sold out is stored as it ended, by one statement and without a saga.
-- For whoever looks, or listens, it was pending and then rejected, as any other.

CREATE FUNCTION record_refused_order() RETURNS trigger LANGUAGE plpgsql
  SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  lines text;
BEGIN
  INSERT INTO order_event (order_id, seq, from_status, to_status, at, trace_id)
  VALUES (NEW.id, 1, 'new', 'pending', NEW.created_at, NEW.trace_id),
         (NEW.id, 2, 'pending', 'rejected', NEW.updated_at, NEW.trace_id);
  SELECT string_agg(format('{"product_id":"%s","quantity":%s}', product_id, quantity), ','
                    ORDER BY position)
    INTO lines FROM order_line WHERE order_id = NEW.id;
  INSERT INTO outbox (type, aggregate_id, version, data, trace_id, occurred_at)
  SELECT move.type, NEW.id::text, move.version,
         format('{"order_id":"%s","user_id":"%s","status":"%s","total":null,"refunded":null,'
                '"reject_reason":%s,"lines":[%s]}',
                NEW.id, NEW.user_id, move.status, move.reason, lines)::jsonb,
         NEW.trace_id, move.at
    FROM (VALUES ('order.created', 1, 'pending', 'null', NEW.created_at),
                 ('order.rejected', 2, 'rejected', '"' || NEW.reject_reason || '"', NEW.updated_at)
         ) AS move (type, version, status, reason, at);
  RETURN NULL;
END $$;

DROP TRIGGER record_new_order ON orders;
CREATE TRIGGER record_new_order AFTER INSERT ON orders
  FOR EACH ROW WHEN (NEW.status <> 'rejected') EXECUTE FUNCTION record_order_change();
CREATE TRIGGER record_refused_order AFTER INSERT ON orders
  FOR EACH ROW WHEN (NEW.status = 'rejected') EXECUTE FUNCTION record_refused_order();
