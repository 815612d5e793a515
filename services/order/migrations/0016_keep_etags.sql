-- An answer that is given again has the entity tag of the first.
ALTER TABLE idempotency_key ADD COLUMN etag text;
