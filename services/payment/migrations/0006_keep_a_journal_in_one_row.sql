-- A journal in one row, a column for each account: that it sums to zero is then a check on the row
-- itself, where a deferred trigger had to add up entries once for each of them. `ledger_line` shows
-- the entries. The tables before, `journal` and `ledger_entry`, stay for the release before, which
-- reads them, and are written no more.

-- The last digit of a journal's id is left to its entries, whose ids are made of it. Old journals
-- have random ones: that two of them differ in that digit alone is out of the question.
CREATE FUNCTION make_journal_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
          || substr(replace(gen_random_uuid()::text, '-', ''), 14, 18) || '0')::uuid
$$;

CREATE TABLE ledger_journal (
  id                  uuid PRIMARY KEY DEFAULT make_journal_id(),
  order_id            uuid NOT NULL,
  operation           text NOT NULL,
  ref                 uuid NOT NULL,
  currency            text NOT NULL,
  provider_holds      bigint NOT NULL DEFAULT 0,
  customer_holds      bigint NOT NULL DEFAULT 0,
  provider_receivable bigint NOT NULL DEFAULT 0,
  sales               bigint NOT NULL DEFAULT 0,
  at                  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT journal_posted_once UNIQUE (order_id, operation, ref),
  CONSTRAINT journal_operation CHECK (operation IN ('authorize', 'capture', 'void', 'refund')),
  CONSTRAINT journal_sums_to_zero
    CHECK (provider_holds + customer_holds + provider_receivable + sales = 0),
  CONSTRAINT journal_moves_something
    CHECK (provider_holds <> 0 OR customer_holds <> 0 OR provider_receivable <> 0 OR sales <> 0)
);
CREATE TRIGGER ledger_journal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_journal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

INSERT INTO ledger_journal (id, order_id, operation, ref, currency, provider_holds, customer_holds,
                            provider_receivable, sales, at)
SELECT journal.id, journal.order_id, operation, ref, currency,
       coalesce(sum(amount) FILTER (WHERE account = 'provider_holds'), 0),
       coalesce(sum(amount) FILTER (WHERE account = 'customer_holds'), 0),
       coalesce(sum(amount) FILTER (WHERE account = 'provider_receivable'), 0),
       coalesce(sum(amount) FILTER (WHERE account = 'sales'), 0), journal.at
  FROM journal JOIN ledger_entry ON journal_id = journal.id
 GROUP BY journal.id, currency;

CREATE VIEW ledger_line AS
  SELECT overlay(journal.id::text PLACING line.digit FROM 36)::uuid AS id, journal.id AS journal_id,
         journal.order_id, line.account, journal.currency, line.amount, journal.at
    FROM ledger_journal AS journal CROSS JOIN LATERAL (VALUES
           ('1', 'provider_holds', provider_holds), ('2', 'customer_holds', customer_holds),
           ('3', 'provider_receivable', provider_receivable), ('4', 'sales', sales)
         ) AS line (digit, account, amount)
   WHERE line.amount <> 0;

-- One trigger instead of three: what a change of a payment means is posted and told at once.
DROP TRIGGER post_payment ON payment;
DROP TRIGGER count_event ON payment;
DROP TRIGGER publish_event ON payment;
DROP FUNCTION post_payment();
DROP FUNCTION count_published_event();
DROP FUNCTION publish_payment_event();

CREATE FUNCTION post_and_publish_payment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  held CONSTANT bigint := NEW.authorized;
BEGIN
  IF NEW.authorized > OLD.authorized THEN
    INSERT INTO ledger_journal (order_id, operation, ref, currency, provider_holds, customer_holds)
    VALUES (NEW.order_id, 'authorize', NEW.id, NEW.currency, held, -held);
  END IF;
  IF NEW.captured > OLD.captured THEN
    INSERT INTO ledger_journal (order_id, operation, ref, currency, provider_holds, customer_holds,
                         provider_receivable, sales)
    VALUES (NEW.order_id, 'capture', NEW.id, NEW.currency, -held, held,
            NEW.captured, -NEW.captured);
  END IF;
  IF NEW.status = 'voided' AND OLD.status = 'authorized' THEN
    INSERT INTO ledger_journal (order_id, operation, ref, currency, provider_holds, customer_holds)
    VALUES (NEW.order_id, 'void', NEW.id, NEW.currency, -held, held);
  END IF;
  NEW.updated_at := now();
  -- `pending` and `unknown` are on the way and not news yet.
  IF NEW.status NOT IN ('pending', 'unknown')
     AND (NEW.status <> OLD.status OR NEW.refunded <> OLD.refunded) THEN
    NEW.event_version := OLD.event_version + 1;
    INSERT INTO outbox (type, aggregate_id, version, data, trace_id, occurred_at)
    VALUES (
      'payment.' || CASE NEW.status WHEN 'partially_refunded' THEN 'refunded' ELSE NEW.status END,
      NEW.id, NEW.event_version,
      jsonb_build_object(
        'payment_id', NEW.id, 'order_id', NEW.order_id, 'user_id', NEW.user_id,
        'status', NEW.status,
        'amount', jsonb_build_object('amount', NEW.amount, 'currency', NEW.currency),
        'captured', jsonb_build_object('amount', NEW.captured, 'currency', NEW.currency),
        'refunded', jsonb_build_object('amount', NEW.refunded, 'currency', NEW.currency),
        'decline_code', NEW.decline_code),
      NEW.trace_id, NEW.updated_at);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER post_and_publish BEFORE UPDATE ON payment
  FOR EACH ROW
  WHEN (OLD.status <> NEW.status OR OLD.authorized <> NEW.authorized
        OR OLD.captured <> NEW.captured OR OLD.refunded <> NEW.refunded)
  EXECUTE FUNCTION post_and_publish_payment();

CREATE OR REPLACE FUNCTION post_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger_journal (order_id, operation, ref, currency, provider_receivable, sales)
  SELECT order_id, 'refund', NEW.id, currency, -NEW.amount, NEW.amount
    FROM payment WHERE id = NEW.payment_id;
  RETURN NULL;
END $$;
