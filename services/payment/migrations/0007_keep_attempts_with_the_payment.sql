-- What was asked of the provider is kept in the payment's own row, the latest hundred: it is written
-- by the update that records the outcome, and read with the payment.

CREATE TYPE attempt AS (operation text, outcome text, at timestamptz);

CREATE FUNCTION add_attempt(log attempt[], operation text, outcome text) RETURNS attempt[]
LANGUAGE sql STABLE AS $$
  SELECT log[greatest(cardinality(log) - 98, 1):] || ROW(operation, outcome, now())::attempt
$$;

-- A series of lost answers is one attempt: a provider that is away for a day would otherwise push
-- everything else out.
CREATE FUNCTION add_silence(log attempt[], asked text) RETURNS attempt[]
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN (log[cardinality(log)]).operation = asked
                   AND (log[cardinality(log)]).outcome = 'unknown' THEN log
              ELSE add_attempt(log, asked, 'unknown') END
$$;

ALTER TABLE payment ADD COLUMN attempt_log attempt[] NOT NULL DEFAULT '{}';
UPDATE payment SET attempt_log = past.log
  FROM (SELECT payment_id, array_agg(ROW(operation, outcome, at)::attempt ORDER BY id) AS log
          FROM (SELECT *, row_number() OVER (PARTITION BY payment_id ORDER BY id DESC) AS age
                  FROM payment_attempt) AS numbered
         WHERE age <= 100 GROUP BY payment_id) AS past
 WHERE payment.id = past.payment_id;

-- Room for an update in place. The release before still writes to payment_attempt, which therefore
-- stays for now.
ALTER TABLE payment SET (fillfactor = 70);
