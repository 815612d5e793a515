-- What this service knows from the events of others. The first three tables are the inbox that
-- mercato/events describes; the last is what the events are for.

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

-- How much of a product was in confirmed orders: what `bestselling` goes by. Neither stock nor
-- money: cancels and refunds leave it alone. An event may name a product that was never here.
CREATE TABLE product_sales (
  product_id uuid PRIMARY KEY,
  sold       bigint NOT NULL
) WITH (fillfactor = 70);
