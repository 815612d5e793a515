-- A webhook that says a payment was taken asks for a look at the provider, and for nothing else. It
-- was noted as a wish for the capture, which would have been asked for if the webhook was wrong.
ALTER TABLE payment ADD COLUMN look_requested boolean NOT NULL DEFAULT false;
-- `status` is left out: captures would have to write to every index of the table if one knew it.
CREATE INDEX payment_to_look_at ON payment (next_attempt_at) WHERE look_requested;
