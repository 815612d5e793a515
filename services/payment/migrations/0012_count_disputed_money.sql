-- What a customer's bank has taken back cannot be given back a second time: `disputed` while the bank
-- decides, `charged_back` where it has kept it. A cancelled payment waits for the bank's decision, and
-- owes the rest after it.
ALTER TABLE payment ADD COLUMN disputed bigint NOT NULL DEFAULT 0 CHECK (disputed >= 0);
ALTER TABLE payment ADD COLUMN charged_back bigint NOT NULL DEFAULT 0 CHECK (charged_back >= 0);
UPDATE payment SET disputed = taken.disputed, charged_back = taken.charged_back
  FROM (SELECT payment_id,
               coalesce(sum(amount) FILTER (WHERE money = 'withdrawn'), 0) AS disputed,
               coalesce(sum(amount) FILTER (WHERE money = 'lost'), 0) AS charged_back
          FROM dispute WHERE money IN ('withdrawn', 'lost') GROUP BY payment_id) AS taken
 WHERE payment.id = taken.payment_id;

-- Nothing is left of what was taken that we could give back. (`owes`, which is kept with the row,
-- does not know of banks.)
CREATE FUNCTION is_with_the_bank(p payment) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT p.captured > 0 AND p.captured - p.refunded - p.refund_pending <= p.disputed + p.charged_back
$$;

CREATE OR REPLACE FUNCTION post_and_publish_dispute() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  paid payment%ROWTYPE;
BEGIN
  UPDATE payment
     SET event_version = event_version + 1, updated_at = now(), next_attempt_at = now(),
         disputed = disputed + CASE NEW.money WHEN 'withdrawn' THEN NEW.amount ELSE 0 END
                             - CASE OLD.money WHEN 'withdrawn' THEN OLD.amount ELSE 0 END,
         charged_back = charged_back + CASE NEW.money WHEN 'lost' THEN NEW.amount ELSE 0 END
                                     - CASE OLD.money WHEN 'lost' THEN OLD.amount ELSE 0 END
   WHERE id = NEW.payment_id RETURNING * INTO paid;
  IF OLD.money = 'kept' AND NEW.money <> 'kept' THEN
    INSERT INTO ledger_journal (order_id, operation, ref, currency, provider_receivable, disputed)
    VALUES (paid.order_id, 'dispute_withdrawal', NEW.id, paid.currency, -NEW.amount, NEW.amount);
  END IF;
  IF OLD.money <> 'reinstated' AND NEW.money = 'reinstated' THEN
    INSERT INTO ledger_journal (order_id, operation, ref, currency, provider_receivable, disputed)
    VALUES (paid.order_id, 'dispute_reversal', NEW.id, paid.currency, NEW.amount, -NEW.amount);
  END IF;
  IF OLD.money <> 'lost' AND NEW.money = 'lost' THEN
    INSERT INTO ledger_journal (order_id, operation, ref, currency, disputed, dispute_losses)
    VALUES (paid.order_id, 'dispute_loss', NEW.id, paid.currency, -NEW.amount, NEW.amount);
  END IF;
  INSERT INTO outbox (type, aggregate_id, version, data, trace_id, occurred_at)
  VALUES ('payment.disputed', paid.id, paid.event_version,
          jsonb_build_object(
            'payment_id', paid.id, 'order_id', paid.order_id, 'user_id', paid.user_id,
            'dispute_id', NEW.id, 'status', NEW.status, 'reason', NEW.reason, 'money', NEW.money,
            'amount', jsonb_build_object('amount', NEW.amount, 'currency', paid.currency)),
          paid.trace_id, now());
  RETURN NULL;
END $$;
