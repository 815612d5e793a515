-- A category's products by price and by name: they were looked for among those of the whole shop in
-- that order, from the cheapest on.
CREATE INDEX product_of_category_by_price ON product (category_id, currency, price, id)
  WHERE status = 'active';
CREATE INDEX product_of_category_by_name ON product (category_id, name, id)
  WHERE status = 'active';
