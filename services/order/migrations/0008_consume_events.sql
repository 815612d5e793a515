-- What this service knows from the events of others. The first three tables are the inbox that
-- mercato/events describes; the rest is what the events are for.

CREATE TABLE event_cursor (
  source   text PRIMARY KEY,
  sequence bigint NOT NULL,
  moved_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE inbox (
  source       text NOT NULL,
  aggregate_id text NOT NULL,
  version      bigint NOT NULL,
  touched_on   date NOT NULL DEFAULT current_date,
  PRIMARY KEY (source, aggregate_id)
);
CREATE INDEX inbox_by_age ON inbox (touched_on);
CREATE TABLE dead_letter (
  event_id     uuid PRIMARY KEY,
  source       text NOT NULL,
  sequence     bigint NOT NULL,
  type         text NOT NULL,
  aggregate_id text NOT NULL,
  version      bigint NOT NULL,
  event        text NOT NULL,
  error        text NOT NULL,
  attempts     int NOT NULL,
  redrive      boolean NOT NULL DEFAULT false,
  failed_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX dead_letter_of_aggregate ON dead_letter (source, aggregate_id, sequence);

-- Buyers whom the user service disabled or deleted. A checkout that was under way may still write
-- them into seen_active; this is what they are looked up in besides.
CREATE TABLE inactive_user (
  user_id  uuid PRIMARY KEY,
  since    timestamptz NOT NULL DEFAULT now(),
  -- A deleted one: when to look again for what is personal and must go. NULL: nothing is left.
  erase_at timestamptz
);
CREATE INDEX inactive_user_to_erase ON inactive_user (erase_at) WHERE erase_at IS NOT NULL;

CREATE INDEX cart_line_of_product ON cart_line (product_id);
