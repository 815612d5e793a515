-- A refund that is asked for before the money was taken waits for it: counted apart, since nothing
-- may be given back yet, and let go, or refused, by the very update that decides.

ALTER TABLE refund DROP CONSTRAINT refund_status_check;
ALTER TABLE refund ADD CONSTRAINT refund_status_check
  CHECK (status IN ('waiting', 'pending', 'succeeded', 'failed'));

ALTER TABLE payment ADD COLUMN refund_waiting bigint NOT NULL DEFAULT 0;
ALTER TABLE payment ADD CONSTRAINT waiting_refunds_within_amount
  CHECK (refund_waiting BETWEEN 0 AND coalesce(amount, 0));

CREATE FUNCTION release_waiting_refunds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE refund SET status = CASE NEW.status WHEN 'captured' THEN 'pending' ELSE 'failed' END,
                    next_attempt_at = now(), updated_at = now()
   WHERE payment_id = NEW.id AND status = 'waiting';
  IF NEW.status = 'captured' THEN
    NEW.refund_pending := NEW.refund_pending + OLD.refund_waiting;
  END IF;
  NEW.refund_waiting := 0;
  RETURN NEW;
END $$;
CREATE TRIGGER release_waiting_refunds BEFORE UPDATE ON payment
  FOR EACH ROW
  WHEN (OLD.refund_waiting > 0 AND OLD.status <> NEW.status
        AND NEW.status IN ('captured', 'voided', 'declined'))
  EXECUTE FUNCTION release_waiting_refunds();
