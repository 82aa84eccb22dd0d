-- Waits for no lock for long: who comes behind it would wait as well.
SET LOCAL lock_timeout = '10s';

-- First, and for all: a writer locks the table before its day, and would wait here for a day while this waits for it.
LOCK TABLE ONLY timeline IN SHARE MODE;

-- One message may have any number of submissions: repeats under its Idempotency-Key. What becomes of it follows from one
-- of them, whose events are found here without reading the others'. Their ids grow with time: from the end, the newest.

-- Day by day, and saying so: the connection gives up after 30 s without a word.
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'timeline'::regclass LOOP
        EXECUTE format('CREATE INDEX ON %s (message_id, day, submission_id)', part);
        RAISE NOTICE 'indexed %', part;
    END LOOP;
END $$;

-- This takes the days' indexes of the same columns.
CREATE INDEX timeline_by_submission ON timeline (message_id, day, submission_id);
