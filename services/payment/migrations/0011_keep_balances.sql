-- What the accounts came to at some moment, so that balances need not add up every journal there ever
-- was: they are this and the journals since. Journals stay, and `ledger check` adds up all of them.
CREATE TABLE ledger_checkpoint (
  currency            text PRIMARY KEY,
  up_to               uuid NOT NULL,  -- the newest journal that is counted, of whatever currency
  provider_holds      numeric NOT NULL,
  customer_holds      numeric NOT NULL,
  provider_receivable numeric NOT NULL,
  sales               numeric NOT NULL,
  disputed            numeric NOT NULL,
  dispute_losses      numeric NOT NULL,
  CONSTRAINT checkpoint_sums_to_zero CHECK (
    provider_holds + customer_holds + provider_receivable + sales + disputed + dispute_losses = 0)
);

CREATE FUNCTION ledger_counted_up_to() RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT coalesce(max(up_to::text)::uuid, '00000000-0000-0000-0000-000000000000')
    FROM ledger_checkpoint
$$;

-- Counts what is older than `age`. An id tells when its journal was written, and no transaction takes
-- anywhere near an hour to commit: what is older than that is complete.
CREATE FUNCTION advance_ledger_checkpoint(age interval) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  since uuid;
  newest uuid;
BEGIN
  LOCK TABLE ledger_checkpoint IN SHARE ROW EXCLUSIVE MODE;  -- one after the other; reads go on
  since := ledger_counted_up_to();
  SELECT id INTO newest FROM ledger_journal
   WHERE id > since
     AND id < rpad(lpad(to_hex(floor(extract(epoch FROM clock_timestamp() - age) * 1000)::bigint),
                        12, '0'), 32, '0')::uuid
   ORDER BY id DESC LIMIT 1;
  IF newest IS NULL THEN RETURN; END IF;
  INSERT INTO ledger_checkpoint AS c
  SELECT currency, newest, sum(provider_holds), sum(customer_holds), sum(provider_receivable),
         sum(sales), sum(disputed), sum(dispute_losses)
    FROM ledger_journal WHERE id > since AND id <= newest GROUP BY currency
  ON CONFLICT (currency) DO UPDATE
    SET up_to = excluded.up_to,
        provider_holds = c.provider_holds + excluded.provider_holds,
        customer_holds = c.customer_holds + excluded.customer_holds,
        provider_receivable = c.provider_receivable + excluded.provider_receivable,
        sales = c.sales + excluded.sales,
        disputed = c.disputed + excluded.disputed,
        dispute_losses = c.dispute_losses + excluded.dispute_losses;
END $$;
