-- A checkout spent most of its time here on looking up what cannot be missing: each line that is
-- held or sold locked its product's row, and its reservation's, for two foreign keys. Products,
-- stock and what was held are never deleted, so instead of asking every time that they are there,
-- their deletion is refused.

ALTER TABLE reservation_line
  DROP CONSTRAINT reservation_line_order_id_fkey,
  DROP CONSTRAINT reservation_line_product_id_fkey;
ALTER TABLE stock_movement DROP CONSTRAINT stock_movement_product_id_fkey;

CREATE TRIGGER never_deleted BEFORE DELETE ON product
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON stock
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON reservation_line
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Reserving, selling and running out are statements of src/storage/pg_reservation_store.cpp now,
-- each for many orders at once. Their functions stay for the release before this one.
