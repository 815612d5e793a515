-- An endpoint is told what was numbered after it was made. Times do not tell what that is: the
-- endpoint's and the event's are by the clocks of processes, which may be set back in between.
-- Whatever is committed after the endpoint is numbered after it.
CREATE FUNCTION newest_published_seq() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(max(published_seq), 0) FROM outbox
$$;

-- Endpoints of before are told what is still to be made deliveries of. A new one begins where it is
-- inserted, also by the previous release.
ALTER TABLE webhook_endpoint ADD COLUMN told_after bigint NOT NULL DEFAULT 0;
ALTER TABLE webhook_endpoint ALTER COLUMN told_after SET DEFAULT newest_published_seq();
