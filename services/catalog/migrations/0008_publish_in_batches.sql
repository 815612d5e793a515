-- A statement that writes many products, as an import does, writes their events in one go: a trigger
-- for each row cost a third of the import.

CREATE FUNCTION product_event_data(p product) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('product_id', p.id, 'sku', p.sku, 'name', p.name,
                            'price', jsonb_build_object('amount', p.price, 'currency', p.currency),
                            'status', p.status)
$$;

CREATE FUNCTION publish_created_products() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbox (type, aggregate_id, version, data, trace_id)
  SELECT 'product.created', p.id::text, p.version, product_event_data(p), p.trace_id FROM written p;
  RETURN NULL;
END $$;

CREATE FUNCTION publish_changed_products() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbox (type, aggregate_id, version, data, trace_id)
  SELECT CASE WHEN p.status = 'archived' AND before.status <> 'archived' THEN 'product.archived'
              ELSE 'product.updated' END,
         p.id::text, p.version, product_event_data(p), p.trace_id
    FROM written p JOIN overwritten before ON before.id = p.id
   WHERE before.version <> p.version;
  RETURN NULL;
END $$;

DROP TRIGGER publish_created ON product;
DROP TRIGGER publish_changed ON product;
DROP FUNCTION publish_product_event();
CREATE TRIGGER publish_created AFTER INSERT ON product REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION publish_created_products();
CREATE TRIGGER publish_changed AFTER UPDATE ON product
  REFERENCING NEW TABLE AS written OLD TABLE AS overwritten
  FOR EACH STATEMENT EXECUTE FUNCTION publish_changed_products();
