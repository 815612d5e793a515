-- A refund gets another key at the provider once that has answered with an error so many times, and
-- not because nobody answered. One that is under way keeps the key that it has.
ALTER TABLE refund ADD COLUMN errors int NOT NULL DEFAULT 0;
UPDATE refund SET errors = attempts WHERE status = 'pending';
