-- What the relay took for accepting the mail for this recipient, in the operator's unit; NULL where no relay has, or
-- it was accepted before relays had costs.
ALTER TABLE message_recipient ADD COLUMN cost numeric;
