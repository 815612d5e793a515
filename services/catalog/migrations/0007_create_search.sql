-- What forgives typing errors. Words of product names are kept once each; a word that is searched
-- for and not found is looked up among them, by its spelling (one letter more, less, other or
-- swapped) or by trigrams. The words are few beside the products, so that stays quick.

CREATE TABLE search_word (
  id   bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  word text PRIMARY KEY
);

-- The word, and the word without each of its letters: two words that are one slip apart have one of
-- these in common (symmetric deletion, Garbe 2012).
CREATE FUNCTION spellings(p_word text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT p_word || ARRAY(SELECT DISTINCT left(p_word, i - 1) || substr(p_word, i + 1)
                           FROM generate_series(1, char_length(p_word)) AS i)
$$;
CREATE INDEX search_word_spellings ON search_word USING gin (spellings(word))
  WITH (fastupdate = off);
CREATE INDEX search_word_trigrams ON search_word USING gin (word gin_trgm_ops)
  WITH (fastupdate = off);

-- Words are sorted so that two writers of the same new ones wait for each other in one order.
CREATE FUNCTION learn_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_word (word)
  SELECT DISTINCT w.word
    FROM written p, unnest(tsvector_to_array(to_tsvector('simple', p.name))) AS w (word)
   WHERE char_length(w.word) BETWEEN 3 AND 40 AND w.word ~ '^[[:alpha:]]'
     AND NOT EXISTS (SELECT FROM search_word known WHERE known.word = w.word)
   ORDER BY w.word
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER learn_words_of_new AFTER INSERT ON product REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION learn_words();
CREATE TRIGGER learn_words_of_changed AFTER UPDATE ON product REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION learn_words();

INSERT INTO search_word (word)
SELECT DISTINCT w.word
  FROM product p, unnest(tsvector_to_array(to_tsvector('simple', p.name))) AS w (word)
 WHERE char_length(w.word) BETWEEN 3 AND 40 AND w.word ~ '^[[:alpha:]]'
 ORDER BY w.word;

-- The text as a query that forgives: each of its words may also be the beginning of one, and, as
-- far as the first p_words words of ours tell, one that is a slip away. Null if there is nothing
-- to forgive.
CREATE FUNCTION forgiving_query(p_text text, p_words bigint) RETURNS tsquery LANGUAGE plpgsql STABLE AS $$
DECLARE
  term text;
  known boolean;
  near text[];
  choices tsquery;
  result tsquery;
BEGIN
  FOREACH term IN ARRAY tsvector_to_array(to_tsvector('simple', p_text)) LOOP
    choices := quote_literal(term)::tsquery;
    IF char_length(term) >= 3 THEN
      choices := (quote_literal(term) || ':*')::tsquery;
      known := EXISTS (SELECT FROM search_word w WHERE w.word = term AND w.id <= p_words);
      near := NULL;
      IF (NOT known OR char_length(term) >= 5) AND char_length(term) BETWEEN 3 AND 40 THEN
        near := ARRAY(SELECT w.word FROM search_word w
                       WHERE spellings(w.word) && spellings(term) AND w.id <= p_words
                       ORDER BY similarity(w.word, term) DESC, w.word LIMIT 8);
      END IF;
      IF NOT known AND coalesce(cardinality(near), 0) = 0 THEN
        near := ARRAY(SELECT w.word FROM search_word w
                       WHERE w.word % term AND w.id <= p_words
                       ORDER BY similarity(w.word, term) DESC, w.word LIMIT 5);
      END IF;
      IF cardinality(near) > 0 THEN
        SELECT choices || string_agg(quote_literal(n.word), ' | ')::tsquery INTO choices
          FROM unnest(near) AS n (word);
      END IF;
    END IF;
    result := CASE WHEN result IS NULL THEN choices ELSE result && choices END;
  END LOOP;
  RETURN result;
END $$;

-- A text that is a product's name comes first.
CREATE INDEX product_by_name_in_any_case ON product (lower(name));

-- Names are searched by words now.
DROP INDEX product_trigrams;
-- What waits to be indexed is read by each search: it may not grow long.
ALTER INDEX product_words SET (gin_pending_list_limit = 128);

-- What bestselling goes by: how much of a product was sold, as of one generation after the other.
-- A walk names its generation and so sees every rank as it was when it began. Only products that
-- were sold have ranks, and a generation writes only those that changed.
CREATE TABLE sales_generation (
  id      bigint PRIMARY KEY,
  made_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO sales_generation (id) VALUES (1);
CREATE TABLE sales_rank (
  product_id uuid NOT NULL,
  sold       bigint NOT NULL,
  since      bigint NOT NULL,
  until      bigint NOT NULL DEFAULT 9223372036854775807,
  PRIMARY KEY (product_id, since)
);
CREATE INDEX sales_rank_order ON sales_rank (sold DESC, product_id DESC);
CREATE INDEX sales_rank_ended ON sales_rank (until) WHERE until < 9223372036854775807;
