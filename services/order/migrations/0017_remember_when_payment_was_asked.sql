-- The patience with the payment provider begins when it is first asked, not when the order was made:
-- one that waited for the catalog for an hour is not refused because payment is busy for a moment.
ALTER TABLE saga ADD COLUMN payment_asked_at timestamptz;
