-- Webhooks of the provider as they came, each id once. They are hints: what is true is asked for.
CREATE TABLE provider_event (
  event_id    text PRIMARY KEY,
  type        text NOT NULL,
  intent_id   text,
  body        text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX provider_event_received ON provider_event (received_at);
