-- What messages are searched by. Each index leads to the rows in the order in which they are listed, or to few rows.
-- `day` stands before `accepted_at` so that PostgreSQL goes through the days' partitions one after the other and
-- stops when the page is full.
--
-- A message's row is written some three times, and each index with it: hence none for each status. Mail that went
-- well is found by time, among which it is plenty.

-- An operator's, of all tenants.
CREATE INDEX message_by_time ON message (day, accepted_at, message_id);
CREATE INDEX message_by_tenant ON message (tenant, day, accepted_at, message_id);
CREATE INDEX message_by_trouble ON message (status, tenant, day, accepted_at, message_id)
    WHERE status IN ('deferred', 'partially_delivered', 'failed', 'rejected');
CREATE INDEX message_by_sender ON message (from_address, tenant, day, accepted_at, message_id);

-- The beginnings of these texts: an entry that is longer than 2 704 bytes is refused, and its row with it.
CREATE INDEX message_by_request ON message (left(request_id, 128), tenant);
CREATE INDEX message_by_subject ON message (left(lower(subject), 100) text_pattern_ops, tenant);

CREATE INDEX message_recipient_by_address ON message_recipient (recipient, tenant, day, accepted_at, message_id);
