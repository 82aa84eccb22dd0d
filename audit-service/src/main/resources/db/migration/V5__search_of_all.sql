-- A search by sender or recipient among all tenants' mail read every row that there is of the address, and sorted them:
-- 10 000 of 10 million for one sender in a thousand. With the tenant last, rows come in the order in which they are
-- listed, until the page is full; a tenant's own search skips other tenants' within the index, and an address is
-- hardly shared. In the same way mail that waits is found within the index of all that has no end yet.

-- Day by day, and saying so: the connection gives up after 30 s without a word.
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'message'::regclass LOOP
        EXECUTE format('CREATE INDEX ON %s (from_address, day, accepted_at, message_id, tenant)', part);
        EXECUTE format('CREATE INDEX ON %s (updated_at, message_id, status, tenant)
                        WHERE status IN (''queued'', ''approved'', ''deferred'')', part);
        EXECUTE format('CREATE INDEX ON %s (status, day, accepted_at, message_id)
                        WHERE status IN (''deferred'', ''partially_delivered'', ''failed'', ''rejected'')', part);
        RAISE NOTICE 'indexed %', part;
    END LOOP;
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'message_recipient'::regclass LOOP
        EXECUTE format('CREATE INDEX ON %s (recipient, day, accepted_at, message_id, tenant)', part);
        RAISE NOTICE 'indexed %', part;
    END LOOP;
END $$;

DROP INDEX message_by_sender, message_recipient_by_address, message_open;

-- These take the days' indexes of the same columns.
CREATE INDEX message_by_sender ON message (from_address, day, accepted_at, message_id, tenant);
CREATE INDEX message_recipient_by_address ON message_recipient (recipient, day, accepted_at, message_id, tenant);
CREATE INDEX message_open ON message (updated_at, message_id, status, tenant)
    WHERE status IN ('queued', 'approved', 'deferred');
-- All tenants' trouble. Here tenants share the values, so that message_by_trouble is needed as well; few rows are in
-- either.
CREATE INDEX message_by_status ON message (status, day, accepted_at, message_id)
    WHERE status IN ('deferred', 'partially_delivered', 'failed', 'rejected');
