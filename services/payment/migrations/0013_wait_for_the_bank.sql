-- As long as a bank has not decided on a part of a payment, a provider refuses refunds of all of it: a
-- cancelled payment waits then, also for the part that nobody disputes.
CREATE OR REPLACE FUNCTION is_with_the_bank(p payment) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT p.captured > 0
         AND (p.disputed > 0 OR p.captured - p.refunded - p.refund_pending <= p.charged_back)
$$;
