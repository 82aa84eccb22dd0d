-- Waits for no lock for long: who comes behind it would wait as well.
SET LOCAL lock_timeout = '10s';

-- A test key searches its tenant's test mail, which may be a few rows among millions of live ones. Only test mail is in
-- this index, so live mail pays nothing for it.

-- Day by day, and saying so: the connection gives up after 30 s without a word.
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'message'::regclass LOOP
        EXECUTE format('CREATE INDEX ON %s (tenant, day, accepted_at, message_id) WHERE mode = ''test''', part);
        RAISE NOTICE 'indexed %', part;
    END LOOP;
END $$;

-- This takes the days' indexes of the same columns.
CREATE INDEX message_of_test_keys ON message (tenant, day, accepted_at, message_id) WHERE mode = 'test';
