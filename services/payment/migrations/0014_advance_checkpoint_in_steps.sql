-- A ledger of millions without a checkpoint would never get one by a statement that has to count all of
-- it in two seconds. This one counts the oldest `most` journals that are older than `age`, and answers
-- how many it counted. What it replaces, with one parameter, stays for the release before.
CREATE FUNCTION advance_ledger_checkpoint(age interval, most int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  since uuid;
  newest uuid;
  counted int;
BEGIN
  LOCK TABLE ledger_checkpoint IN SHARE ROW EXCLUSIVE MODE;  -- one after the other; reads go on
  since := ledger_counted_up_to();
  SELECT id, number INTO newest, counted
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM ledger_journal
           WHERE id > since
             AND id < rpad(lpad(to_hex(floor(extract(epoch FROM clock_timestamp() - age)
                                             * 1000)::bigint), 12, '0'), 32, '0')::uuid
           ORDER BY id LIMIT most) AS next
   ORDER BY id DESC LIMIT 1;
  IF newest IS NULL THEN RETURN 0; END IF;
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
  RETURN counted;
END $$;

-- Disputes are never forgotten; how many are open is counted every quarter of a minute.
CREATE INDEX dispute_withdrawn ON dispute (id) WHERE money = 'withdrawn';
