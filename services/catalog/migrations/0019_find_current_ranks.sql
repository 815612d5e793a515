-- The rank that a product has now is one among all that are kept of it. Not UNIQUE: the release
-- before this one writes the next rank before it ends this one, in one statement.
CREATE INDEX sales_rank_current ON sales_rank (product_id) WHERE until = 9223372036854775807;
