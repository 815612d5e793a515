-- Search takes no notice of accents ("brulee" finds "Crème brûlée"), and no punctuation hides a word:
-- PostgreSQL takes "RED/WHITE" for a file's name and "Mug.blue" for a computer's, as one word each.

CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;

-- As simple, but for what words look like that are not of ASCII: ø is o, ß is ss, ё is е.
CREATE TEXT SEARCH CONFIGURATION catalog (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION catalog
  ALTER MAPPING FOR word, numword, hword, numhword, hword_part, hword_numpart
  WITH public.unaccent, pg_catalog.simple;

-- The text without the punctuation that makes PostgreSQL see files, addresses or HTML in it, and a
-- dot only where it is a number's. Commas take its place, not blanks: between blanks "or" and a
-- hyphen mean something in a query.
CREATE FUNCTION apart(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT regexp_replace(translate(p_text, '/@<&~+', ',,,,,,'), '(?<!\d)\.|\.(?!\d)', ',', 'g')
$$;

CREATE FUNCTION words_of(p_text text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT to_tsvector('public.catalog', public.apart(p_text))
$$;

CREATE FUNCTION product_words(p_name text, p_sku text, p_description text)
  RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT setweight(public.words_of(p_name), 'A') || setweight(public.words_of(p_sku), 'A')
         || setweight(public.words_of(p_description), 'C')
$$;

-- To generate the column by another expression, PostgreSQL would write the whole table anew while
-- nobody can read it. A trigger takes over in a moment; 0018 mends the rows that are there.
CREATE FUNCTION index_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.search := product_words(NEW.name, NEW.sku, NEW.description);
  RETURN NEW;
END $$;
ALTER TABLE product ALTER COLUMN search DROP EXPRESSION;
CREATE TRIGGER index_product BEFORE INSERT OR UPDATE OF name, sku, description ON product
  FOR EACH ROW EXECUTE FUNCTION index_product();

CREATE OR REPLACE FUNCTION learn_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  unknown text[];
BEGIN
  unknown := ARRAY(
    SELECT DISTINCT w.word
      FROM written p, unnest(tsvector_to_array(words_of(p.name))) AS w (word)
     WHERE char_length(w.word) BETWEEN 3 AND 40 AND w.word ~ '^[[:alpha:]]'
       AND NOT EXISTS (SELECT FROM search_word known WHERE known.word = w.word));
  IF cardinality(unknown) = 0 THEN
    RETURN NULL;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('catalog.search_word'));
  INSERT INTO search_word (word)
  SELECT u.word FROM unnest(unknown) AS u (word) ORDER BY u.word
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION forgiving_query(p_text text, p_words bigint)
  RETURNS tsquery LANGUAGE plpgsql STABLE AS $$
DECLARE
  term text;
  is_last boolean;
  known boolean;
  near text[];
  choices tsquery;
  result tsquery;
BEGIN
  FOR term, is_last IN
    SELECT t.lexeme, t.positions @> ARRAY[max(t.positions[cardinality(t.positions)]) OVER ()]
      FROM unnest(words_of(p_text)) AS t ORDER BY t.lexeme
  LOOP
    choices := quote_literal(term)::tsquery;
    IF char_length(term) >= 3 THEN
      known := EXISTS (SELECT FROM search_word w WHERE w.word = term AND w.id <= p_words);
      IF is_last OR NOT known THEN
        choices := (quote_literal(term) || ':*')::tsquery;
      END IF;
      near := NULL;
      IF (NOT known OR char_length(term) >= 5) AND char_length(term) BETWEEN 3 AND 40 THEN
        near := ARRAY(SELECT w.word FROM search_word w
                       WHERE spellings(w.word) && spellings(term) AND w.word <> term
                         AND w.id <= p_words
                       ORDER BY similarity(w.word, term) DESC, w.word LIMIT 24);
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
    IF term ~ '^-?[0-9]' THEN
      choices := choices
                 || quote_literal(CASE WHEN term LIKE '-%' THEN substr(term, 2) ELSE '-' || term END)
                    ::tsquery;
    END IF;
    result := CASE WHEN result IS NULL THEN choices ELSE result && choices END;
  END LOOP;
  RETURN result;
END $$;
