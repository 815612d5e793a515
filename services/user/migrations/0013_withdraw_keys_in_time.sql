-- That a key may be known to others: it goes once the next one signs, and not only when the last
-- token that it signed has run out.
ALTER TABLE signing_key ADD COLUMN to_withdraw boolean NOT NULL DEFAULT false;
