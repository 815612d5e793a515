-- The ledger: double entry, append-only, debits positive. The triggers on payment and refund write
-- it, so that money cannot move in one table without the other.
--   provider_holds / customer_holds   reserved on the customer's card
--   provider_receivable               owed to us by the provider
--   sales                             taken from customers, less what was given back

-- A version 7 id (RFC 9562): 48 bits of milliseconds in front, the version, the rest random.
CREATE FUNCTION make_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
          || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid
$$;

CREATE TABLE journal (
  id        uuid PRIMARY KEY DEFAULT make_id(),
  order_id  uuid NOT NULL,
  operation text NOT NULL CHECK (operation IN ('authorize', 'capture', 'void', 'refund')),
  ref       uuid NOT NULL,
  at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT posted_once UNIQUE (order_id, operation, ref)
);

CREATE TABLE ledger_entry (
  id         uuid PRIMARY KEY DEFAULT make_id(),
  journal_id uuid NOT NULL REFERENCES journal (id),
  order_id   uuid NOT NULL,
  account    text NOT NULL CHECK (account IN ('provider_holds', 'customer_holds',
                                              'provider_receivable', 'sales')),
  currency   text NOT NULL,
  amount     bigint NOT NULL CHECK (amount <> 0),
  at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ledger_entry_of_journal ON ledger_entry (journal_id);
CREATE INDEX ledger_entry_of_order ON ledger_entry (order_id, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION check_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM ledger_entry WHERE journal_id = NEW.journal_id
              GROUP BY currency HAVING sum(amount) <> 0) THEN
    RAISE EXCEPTION 'journal % does not sum to zero', NEW.journal_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_sums_to_zero';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER journal_sums_to_zero AFTER INSERT ON ledger_entry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_journal();

CREATE FUNCTION post_journal(order_of uuid, what text, ref_of uuid, currency_of text,
                             accounts text[], amounts bigint[]) RETURNS void
LANGUAGE sql AS $$
  WITH posted AS (
    INSERT INTO journal (order_id, operation, ref) VALUES (order_of, what, ref_of)
    RETURNING id, order_id)
  INSERT INTO ledger_entry (journal_id, order_id, account, currency, amount)
  SELECT posted.id, posted.order_id, line.account, currency_of, line.amount
    FROM posted, unnest(accounts, amounts) AS line (account, amount);
$$;

CREATE FUNCTION post_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.authorized > OLD.authorized THEN
    PERFORM post_journal(NEW.order_id, 'authorize', NEW.id, NEW.currency,
      ARRAY['provider_holds', 'customer_holds'], ARRAY[NEW.authorized, -NEW.authorized]);
  END IF;
  IF NEW.captured > OLD.captured THEN
    PERFORM post_journal(NEW.order_id, 'capture', NEW.id, NEW.currency,
      ARRAY['provider_holds', 'customer_holds', 'provider_receivable', 'sales'],
      ARRAY[-NEW.authorized, NEW.authorized, NEW.captured, -NEW.captured]);
  END IF;
  IF NEW.status = 'voided' AND OLD.status = 'authorized' THEN
    PERFORM post_journal(NEW.order_id, 'void', NEW.id, NEW.currency,
      ARRAY['provider_holds', 'customer_holds'], ARRAY[-NEW.authorized, NEW.authorized]);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER post_payment AFTER UPDATE ON payment
  FOR EACH ROW
  WHEN (OLD.authorized <> NEW.authorized OR OLD.captured <> NEW.captured
        OR OLD.status <> NEW.status)
  EXECUTE FUNCTION post_payment();

CREATE FUNCTION post_refund() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  paid payment%ROWTYPE;
BEGIN
  SELECT * INTO paid FROM payment WHERE id = NEW.payment_id;
  PERFORM post_journal(paid.order_id, 'refund', NEW.id, paid.currency,
    ARRAY['provider_receivable', 'sales'], ARRAY[-NEW.amount, NEW.amount]);
  RETURN NULL;
END $$;
CREATE TRIGGER post_refund AFTER UPDATE ON refund
  FOR EACH ROW WHEN (OLD.status <> 'succeeded' AND NEW.status = 'succeeded')
  EXECUTE FUNCTION post_refund();
