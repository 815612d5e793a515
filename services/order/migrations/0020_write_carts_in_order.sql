-- A product that is in very many carts is written to them in their order, so that no part of it begins
-- by walking through what the parts before have written.
CREATE INDEX cart_line_in_order ON cart_line (product_id, user_id);
DROP INDEX cart_line_of_product;
