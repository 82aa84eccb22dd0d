-- The usage report of days that are over, added up once instead of at each request. What is in these tables follows from
-- message_recipient, and may be emptied at any time.

-- The days' rows, as files of PostgreSQL: a day that was dropped and made anew, or truncated, has another file.
CREATE VIEW usage_partition AS
SELECT to_date(substring(relname FROM '^message_recipient_p([0-9]{8})$'), 'YYYYMMDD') AS day,
       pg_relation_filenode(oid) AS file
FROM pg_inherits JOIN pg_class ON oid = inhrelid
WHERE inhparent = 'message_recipient'::regclass;

-- A day that was added up.
CREATE TABLE usage_day (
    day  date PRIMARY KEY,
    file oid  NOT NULL
);

CREATE TABLE usage_sum (
    day        date    NOT NULL REFERENCES usage_day ON DELETE CASCADE,
    tenant     text    NOT NULL,
    api_key_id text    NOT NULL,
    relay      text,
    delivered  bigint  NOT NULL,
    failed     bigint  NOT NULL,
    rejected   bigint  NOT NULL,
    open       bigint  NOT NULL,
    cost       numeric NOT NULL
);

CREATE INDEX usage_sum_by_day ON usage_sum (day, tenant);

-- A row for each statement that changed rows of a day that is over; seen by others as soon as what it changed is. Without
-- a unique key, so that no writer waits for another.
CREATE TABLE usage_change (
    day date NOT NULL
);

CREATE INDEX usage_change_by_day ON usage_change (day);

-- By triggers, so that a process of the version before leaves them too. Of today's mail none is left: days are not added
-- up until a day after their end, and no transaction takes that long. No statement gives a row another day.
CREATE FUNCTION usage_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit.usage_change
    SELECT DISTINCT day FROM changed WHERE day < (now() AT TIME ZONE 'UTC')::date;
    RETURN NULL;
END $$;

CREATE TRIGGER usage_inserted AFTER INSERT ON message_recipient REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION usage_changed();
CREATE TRIGGER usage_updated AFTER UPDATE ON message_recipient REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION usage_changed();
CREATE TRIGGER usage_deleted AFTER DELETE ON message_recipient REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION usage_changed();
