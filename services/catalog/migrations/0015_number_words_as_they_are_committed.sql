-- A walk goes by the words up to the last one that it knew when it began. That is the same words
-- until it ends only if none of them is committed later than one with a higher number: so numbers
-- are given out under a lock that is held until the commit. Few writers have a new word, and those
-- with the same one waited for each other before.
CREATE OR REPLACE FUNCTION learn_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  unknown text[];
BEGIN
  unknown := ARRAY(
    SELECT DISTINCT w.word
      FROM written p, unnest(tsvector_to_array(to_tsvector('simple', p.name))) AS w (word)
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
