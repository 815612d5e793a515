-- Stock held for orders. Each function below is one step of a checkout in one round trip, may be
-- called again and again for the same order, and takes its locks in one order: the reservation
-- first, then the stock rows by product id. So no two of them can deadlock.

CREATE TABLE reservation (
  order_id   uuid PRIMARY KEY,
  status     text NOT NULL CHECK (status IN ('held', 'committed', 'released', 'expired')),
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reservation_due ON reservation (expires_at) WHERE status = 'held';

CREATE TABLE reservation_line (
  order_id   uuid NOT NULL REFERENCES reservation,
  product_id uuid NOT NULL REFERENCES product,
  position   int NOT NULL,
  quantity   bigint NOT NULL CHECK (quantity BETWEEN 1 AND 10000),
  sku        text NOT NULL,
  name       text NOT NULL,
  unit_price bigint NOT NULL,
  currency   text NOT NULL,
  restocked  bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (order_id, product_id),
  CONSTRAINT never_restock_more_than_sold CHECK (0 <= restocked AND restocked <= quantity)
);

-- All lines or none. The outcome stands in every row: reserved (with the lines and their prices),
-- out_of_stock or not_orderable (with the lines at fault), withdrawn (released before: a tombstone),
-- other_lines (held with other lines).
CREATE FUNCTION reserve_stock(p_order uuid, p_products uuid[], p_quantities bigint[],
                              p_lifetime interval)
RETURNS TABLE (outcome text, expires_at timestamptz, product_id uuid, sku text, name text,
               quantity bigint, unit_price bigint, currency text, available bigint, reason text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  known reservation;
BEGIN
  INSERT INTO reservation (order_id, status, expires_at)
  VALUES (p_order, 'held', clock_timestamp() + p_lifetime) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    SELECT * INTO known FROM reservation r WHERE r.order_id = p_order FOR UPDATE;
    IF known.status = 'released' THEN
      RETURN QUERY SELECT 'withdrawn', known.expires_at, NULL::uuid, NULL, NULL, NULL::bigint,
                          NULL::bigint, NULL, NULL::bigint, NULL;
    ELSIF EXISTS (SELECT FROM unnest(p_products, p_quantities) AS w (id, quantity)
                    FULL JOIN (SELECT * FROM reservation_line WHERE order_id = p_order) l
                           ON l.product_id = w.id AND l.quantity = w.quantity
                   WHERE l.product_id IS NULL OR w.id IS NULL) THEN
      RETURN QUERY SELECT 'other_lines', known.expires_at, NULL::uuid, NULL, NULL, NULL::bigint,
                          NULL::bigint, NULL, NULL::bigint, NULL;
    ELSE
      RETURN QUERY SELECT 'reserved', known.expires_at, l.product_id, l.sku, l.name, l.quantity,
                          l.unit_price, l.currency, NULL::bigint, NULL
                     FROM reservation_line l WHERE l.order_id = p_order ORDER BY l.position;
    END IF;
    RETURN;
  END IF;

  PERFORM FROM stock s WHERE s.product_id = ANY (p_products) ORDER BY s.product_id FOR UPDATE;

  RETURN QUERY
    SELECT 'not_orderable', NULL::timestamptz, f.id, NULL, NULL, NULL::bigint, NULL::bigint, NULL,
           NULL::bigint, f.fault
      FROM (SELECT w.id, w.position,
                   CASE WHEN p.id IS NULL THEN 'product_not_found'
                        WHEN p.status <> 'active' THEN 'product_archived'
                        WHEN p.currency <> first_value(p.currency) OVER (
                               ORDER BY p.currency IS NULL, w.position) THEN 'mixed_currency'
                   END AS fault
              FROM unnest(p_products) WITH ORDINALITY AS w (id, position)
              LEFT JOIN product p ON p.id = w.id) f
     WHERE f.fault IS NOT NULL ORDER BY f.position;
  IF FOUND THEN
    DELETE FROM reservation WHERE order_id = p_order;
    RETURN;
  END IF;

  RETURN QUERY
    SELECT 'out_of_stock', NULL::timestamptz, s.product_id, p.sku, p.name, w.quantity, NULL::bigint,
           NULL, s.on_hand - s.reserved, NULL
      FROM unnest(p_products, p_quantities) WITH ORDINALITY AS w (id, quantity, position)
      JOIN stock s ON s.product_id = w.id
      JOIN product p ON p.id = w.id
     WHERE s.on_hand - s.reserved < w.quantity ORDER BY w.position;
  IF FOUND THEN
    DELETE FROM reservation WHERE order_id = p_order;
    RETURN;
  END IF;

  UPDATE stock s SET reserved = s.reserved + w.quantity
    FROM unnest(p_products, p_quantities) AS w (id, quantity) WHERE s.product_id = w.id;
  RETURN QUERY
    WITH line AS (
      INSERT INTO reservation_line (order_id, product_id, position, quantity, sku, name, unit_price,
                                    currency)
      SELECT p_order, p.id, w.position, w.quantity, p.sku, p.name, p.price, p.currency
        FROM unnest(p_products, p_quantities) WITH ORDINALITY AS w (id, quantity, position)
        JOIN product p ON p.id = w.id
      RETURNING *)
    SELECT 'reserved', r.expires_at, l.product_id, l.sku, l.name, l.quantity, l.unit_price,
           l.currency, NULL::bigint, NULL
      FROM line l, reservation r WHERE r.order_id = p_order ORDER BY l.position;
END $$;

-- held → sold. Answers committed, expired, withdrawn or unknown.
CREATE FUNCTION commit_reservation(p_order uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  known reservation;
BEGIN
  SELECT * INTO known FROM reservation r WHERE r.order_id = p_order FOR UPDATE;
  IF NOT FOUND THEN RETURN 'unknown'; END IF;
  IF known.status = 'committed' THEN RETURN 'committed'; END IF;
  IF known.status = 'released' THEN RETURN 'withdrawn'; END IF;
  IF known.status = 'expired' OR known.expires_at <= clock_timestamp() THEN RETURN 'expired'; END IF;

  PERFORM FROM stock s JOIN reservation_line l ON l.product_id = s.product_id
    WHERE l.order_id = p_order ORDER BY s.product_id FOR UPDATE OF s;
  UPDATE stock s SET on_hand = s.on_hand - l.quantity, reserved = s.reserved - l.quantity,
                     sold = s.sold + l.quantity
    FROM reservation_line l WHERE l.order_id = p_order AND s.product_id = l.product_id;
  INSERT INTO stock_movement (product_id, kind, delta, order_id)
  SELECT product_id, 'sale', -quantity, order_id FROM reservation_line WHERE order_id = p_order;
  UPDATE reservation SET status = 'committed' WHERE order_id = p_order;
  RETURN 'committed';
END $$;

-- held → free; committed → what is left of it comes back; nothing there → a tombstone, so that a
-- reserve that was overtaken by its release is refused when it arrives.
CREATE FUNCTION release_reservation(p_order uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  known reservation;
BEGIN
  INSERT INTO reservation (order_id, status, expires_at)
  VALUES (p_order, 'released', clock_timestamp()) ON CONFLICT DO NOTHING;
  IF FOUND THEN RETURN; END IF;
  SELECT * INTO known FROM reservation r WHERE r.order_id = p_order FOR UPDATE;
  IF known.status IN ('held', 'committed') THEN
    PERFORM FROM stock s JOIN reservation_line l ON l.product_id = s.product_id
      WHERE l.order_id = p_order ORDER BY s.product_id FOR UPDATE OF s;
  END IF;
  IF known.status = 'held' THEN
    UPDATE stock s SET reserved = s.reserved - l.quantity
      FROM reservation_line l WHERE l.order_id = p_order AND s.product_id = l.product_id;
  ELSIF known.status = 'committed' THEN
    UPDATE stock s SET on_hand = s.on_hand + l.quantity - l.restocked,
                       sold = s.sold - (l.quantity - l.restocked)
      FROM reservation_line l WHERE l.order_id = p_order AND s.product_id = l.product_id;
    INSERT INTO stock_movement (product_id, kind, delta, order_id, ref)
    SELECT product_id, 'restock', quantity - restocked, order_id, 'release'
      FROM reservation_line WHERE order_id = p_order AND restocked < quantity;
    UPDATE reservation_line SET restocked = quantity WHERE order_id = p_order;
  END IF;
  UPDATE reservation SET status = 'released' WHERE order_id = p_order AND status <> 'released';
END $$;

-- Takes returned goods back, once per refund. Answers restocked, or illegal if the order did not
-- buy them; more than it bought breaks never_restock_more_than_sold.
CREATE FUNCTION restock_reservation(p_order uuid, p_refund text, p_products uuid[],
                                    p_quantities bigint[])
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  known reservation;
BEGIN
  SELECT * INTO known FROM reservation r WHERE r.order_id = p_order FOR UPDATE;
  IF EXISTS (SELECT FROM stock_movement m
              WHERE m.order_id = p_order AND m.kind = 'restock' AND m.ref = p_refund) THEN
    RETURN 'restocked';
  END IF;
  -- A release took everything back already.
  IF known.status = 'released' THEN RETURN 'restocked'; END IF;
  IF known.status IS DISTINCT FROM 'committed'
     OR EXISTS (SELECT FROM unnest(p_products) AS w (id)
                 WHERE NOT EXISTS (SELECT FROM reservation_line l
                                    WHERE l.order_id = p_order AND l.product_id = w.id)) THEN
    RETURN 'illegal';
  END IF;
  PERFORM FROM stock s WHERE s.product_id = ANY (p_products) ORDER BY s.product_id FOR UPDATE;
  UPDATE reservation_line l SET restocked = l.restocked + w.quantity
    FROM unnest(p_products, p_quantities) AS w (id, quantity)
   WHERE l.order_id = p_order AND l.product_id = w.id;
  UPDATE stock s SET on_hand = s.on_hand + w.quantity, sold = s.sold - w.quantity
    FROM unnest(p_products, p_quantities) AS w (id, quantity) WHERE s.product_id = w.id;
  INSERT INTO stock_movement (product_id, kind, delta, order_id, ref)
  SELECT w.id, 'restock', w.quantity, p_order, p_refund
    FROM unnest(p_products, p_quantities) AS w (id, quantity);
  RETURN 'restocked';
END $$;

-- Frees up to p_most holds whose time is over; those that somebody works on right now wait for the
-- next round. Answers how many were freed.
CREATE FUNCTION expire_reservations(p_most int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  due uuid;
  freed int := 0;
BEGIN
  FOR due IN SELECT r.order_id FROM reservation r
              WHERE r.status = 'held' AND r.expires_at <= clock_timestamp()
              ORDER BY r.expires_at LIMIT p_most FOR UPDATE SKIP LOCKED LOOP
    PERFORM FROM stock s JOIN reservation_line l ON l.product_id = s.product_id
      WHERE l.order_id = due ORDER BY s.product_id FOR UPDATE OF s;
    UPDATE stock s SET reserved = s.reserved - l.quantity
      FROM reservation_line l WHERE l.order_id = due AND s.product_id = l.product_id;
    UPDATE reservation SET status = 'expired' WHERE order_id = due;
    freed := freed + 1;
  END LOOP;
  RETURN freed;
END $$;
