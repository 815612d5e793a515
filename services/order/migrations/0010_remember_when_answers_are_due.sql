-- Until when the first request with a key waits for its outcome. Later the client may have been told
-- that its order is pending even if that could not be written down, and so nothing else is kept.
ALTER TABLE idempotency_key ADD COLUMN answer_by timestamptz;
