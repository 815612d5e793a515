-- A customer's bank may take back a charge while it hears both sides (a dispute), and gives it back
-- or keeps it in the end. Webhooks are hints here as well: each asks for one more look at the
-- provider, and only what was seen there is kept, and posted.
--   disputed         taken from us while the bank decides
--   dispute_losses   lost for good

ALTER TABLE ledger_journal
  ADD COLUMN disputed       bigint NOT NULL DEFAULT 0,
  ADD COLUMN dispute_losses bigint NOT NULL DEFAULT 0,
  DROP CONSTRAINT journal_operation,
  ADD CONSTRAINT journal_operation
    CHECK (operation IN ('authorize', 'capture', 'void', 'refund', 'dispute_withdrawal',
                         'dispute_reversal', 'dispute_loss')),
  DROP CONSTRAINT journal_sums_to_zero,
  ADD CONSTRAINT journal_sums_to_zero
    CHECK (provider_holds + customer_holds + provider_receivable + sales + disputed
             + dispute_losses = 0),
  DROP CONSTRAINT journal_moves_something,
  ADD CONSTRAINT journal_moves_something
    CHECK (provider_holds <> 0 OR customer_holds <> 0 OR provider_receivable <> 0 OR sales <> 0
           OR disputed <> 0 OR dispute_losses <> 0);

CREATE OR REPLACE VIEW ledger_line AS
  SELECT overlay(journal.id::text PLACING line.digit FROM 36)::uuid AS id, journal.id AS journal_id,
         journal.order_id, line.account, journal.currency, line.amount, journal.at
    FROM ledger_journal AS journal CROSS JOIN LATERAL (VALUES
           ('1', 'provider_holds', provider_holds), ('2', 'customer_holds', customer_holds),
           ('3', 'provider_receivable', provider_receivable), ('4', 'sales', sales),
           ('5', 'disputed', disputed), ('6', 'dispute_losses', dispute_losses)
         ) AS line (digit, account, amount)
   WHERE line.amount <> 0;

CREATE TABLE dispute (
  id           uuid PRIMARY KEY,
  provider_id  text NOT NULL UNIQUE,
  payment_id   uuid NOT NULL REFERENCES payment (id),
  -- Unknown until it was looked at.
  amount       bigint CHECK (amount > 0),
  reason       text,
  status       text,
  money        text NOT NULL DEFAULT 'kept'
                 CHECK (money IN ('kept', 'withdrawn', 'reinstated', 'lost')),
  -- How many hints came, and which of them the latest look had seen.
  hints        int NOT NULL DEFAULT 1,
  seen         int NOT NULL DEFAULT 0 CHECK (seen <= hints),
  next_look_at timestamptz NOT NULL DEFAULT now(),
  attempts     int NOT NULL DEFAULT 0,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT money_moves_by_an_amount CHECK (money = 'kept' OR amount IS NOT NULL)
);
CREATE INDEX dispute_of ON dispute (payment_id);
CREATE INDEX dispute_due ON dispute (next_look_at) WHERE seen < hints;

CREATE FUNCTION post_and_publish_dispute() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  paid payment%ROWTYPE;
BEGIN
  UPDATE payment SET event_version = event_version + 1, updated_at = now()
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
CREATE TRIGGER post_and_publish_dispute AFTER UPDATE ON dispute
  FOR EACH ROW
  WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.money <> NEW.money)
  EXECUTE FUNCTION post_and_publish_dispute();
