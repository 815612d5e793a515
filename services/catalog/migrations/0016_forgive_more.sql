-- PostgreSQL takes the hyphen of "XL-200" or "HDMI-2.1" for a sign: what is kept is xl and -200.
-- A number is therefore looked for with and without one.
-- Words stay when the last product that had them is archived, and nothing but the alphabet tells
-- them from others that are as near: there is room for 24 near words, where eight such could take
-- all of it. (Few words have more than eight.)
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
      FROM unnest(to_tsvector('simple', p_text)) AS t ORDER BY t.lexeme
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
