-- Which products were sold since the last generation of sales ranks: noted by whoever counts sales,
-- in the same transaction, and taken by who makes the next generation.

CREATE TABLE sales_change (
  product_id uuid NOT NULL
);
CREATE FUNCTION note_sales() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO sales_change (product_id) SELECT product_id FROM written;
  RETURN NULL;
END $$;
CREATE TRIGGER note_first_sales AFTER INSERT ON product_sales REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION note_sales();
CREATE TRIGGER note_sales AFTER UPDATE ON product_sales REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION note_sales();
INSERT INTO sales_change (product_id) SELECT product_id FROM product_sales;
