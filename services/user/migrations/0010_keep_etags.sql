-- An answer that is kept under an idempotency key is sent again with its ETag.
ALTER TABLE idempotency_key ADD COLUMN etag text;
