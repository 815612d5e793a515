-- Of products that were written before 0017, those with a word that is read differently now. Nobody
-- waits for this who reads or buys; who edits one of them waits until it is done. No version
-- changes, and so no event is published; their words are learned by the trigger.
UPDATE product
   SET search = product_words(name, sku, description)
 WHERE search <> product_words(name, sku, description);

-- Words as they are not kept any more: no product is found by them, they would take the place of
-- some that are near. (A walk that began before may show a product twice or not at all.)
DELETE FROM search_word WHERE word <> ALL (tsvector_to_array(words_of(word)));
