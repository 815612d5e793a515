-- Most searches end with names that have all the words: these are found without reading the many
-- products that have them in their descriptions.
CREATE INDEX product_name_words ON product USING gin (ts_filter(search, '{a}'))
  WITH (gin_pending_list_limit = 128);
