-- Days come and go while the service runs, and making or dropping a table needs the rights of its owner. The service's own
-- role only reads and writes rows: these functions do it in the owner's name, for the tables of the log and nothing else.

CREATE FUNCTION audit.make_day(day date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
    parent text;
    name   text;
BEGIN
    FOREACH parent IN ARRAY ARRAY ['timeline', 'message', 'message_recipient'] LOOP
        name := parent || '_p' || to_char(day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass('audit.' || name) IS NOT NULL;
        -- CREATE .. PARTITION OF would shut out everybody who reads or writes the table; ATTACH does not. Rows are written a
        -- few times each: room on the page keeps that out of the index.
        EXECUTE format('CREATE TABLE audit.%I (LIKE audit.%I INCLUDING ALL) WITH (fillfactor = 70)', name, parent);
        EXECUTE format('ALTER TABLE audit.%I ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)',
                       parent, name, to_char(day, 'YYYY-MM-DD'), to_char(day + 1, 'YYYY-MM-DD'));
    END LOOP;
END
$$;

CREATE FUNCTION audit.drop_day(day date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
    parent text;
BEGIN
    FOREACH parent IN ARRAY ARRAY ['timeline', 'message', 'message_recipient'] LOOP
        EXECUTE format('DROP TABLE IF EXISTS audit.%I', parent || '_p' || to_char(day, 'YYYYMMDD'));
    END LOOP;
END
$$;

-- For a rebuild: what follows from the topics.
CREATE FUNCTION audit.empty_log() RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
TRUNCATE audit.timeline, audit.message, audit.message_recipient, audit.dead_letter
$$;

-- Everybody may call a new function otherwise; whom roles.sql grants it to, still may.
REVOKE EXECUTE ON FUNCTION audit.make_day(date), audit.drop_day(date), audit.empty_log() FROM PUBLIC;
