-- An endpoint that stays away is owed more each day than is ever attempted. What its time has run out
-- for is found by that time; and nobody who asks what is under way, or clears away what has ended,
-- walks through all that waits.
CREATE INDEX webhook_delivery_to_give_up ON webhook_delivery (give_up_at, id)
  WHERE status = 'pending';
CREATE INDEX webhook_delivery_under_way ON webhook_delivery (endpoint_id, leased_until)
  WHERE status = 'pending' AND leased_until IS NOT NULL;
CREATE INDEX webhook_delivery_ended ON webhook_delivery (created_at, id) WHERE status <> 'pending';
DROP INDEX webhook_delivery_by_age;
