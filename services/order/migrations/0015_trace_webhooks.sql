-- The trace in which a delivery's event came about: what is sent to the merchant belongs to it too.

ALTER TABLE webhook_delivery ADD COLUMN trace_id text NOT NULL DEFAULT '';
