-- At most 1,000 different products in a cart (kMaxLines in domain/cart.hpp), also when many are put
-- in at the same moment: a statement that counts and inserts does not see what others are about to
-- commit, so a buyer's lines are put in one after the other. Each statement of this function looks
-- anew, and sees what was committed while it waited.
CREATE FUNCTION limit_cart() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  carts CONSTANT int := 1667330676;  -- "cart" in ASCII: a class of advisory locks of its own
BEGIN
  PERFORM pg_advisory_xact_lock(carts, hashtext(NEW.user_id::text));
  IF (SELECT count(*) FROM cart_line
       WHERE user_id = NEW.user_id AND product_id <> NEW.product_id) >= 1000 THEN
    RETURN NULL;  -- nothing is put in, as the number of rows tells
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER limit_cart BEFORE INSERT ON cart_line FOR EACH ROW EXECUTE FUNCTION limit_cart();
