-- Ids are UUIDv7 (RFC 9562, 5.7), those of events too: they sort by the time they were made, in
-- consumers' inboxes and merchants' systems alike. Events of before keep their ids.
CREATE FUNCTION make_event_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT (lpad(to_hex(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
          || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid
$$;
ALTER TABLE outbox ALTER COLUMN event_id SET DEFAULT make_event_id();
