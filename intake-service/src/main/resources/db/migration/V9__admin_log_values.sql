-- Waits for no lock for long: who comes behind it would wait as well.
SET LOCAL lock_timeout = '10s';

-- Who it was, from where, and what became what. Each row also goes to mail.operations.v1 by the outbox, for the log that
-- audit keeps of all services.
ALTER TABLE intake.admin_log
    ADD COLUMN event_id     uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN actor_name   text,
    ADD COLUMN actor_tenant text,
    -- The network address that the request came from.
    ADD COLUMN client       text,
    ADD COLUMN request_id   text,
    -- What changed, without secrets.
    ADD COLUMN before       jsonb,
    ADD COLUMN after        jsonb;

-- Rows are added and read, and nothing else. Only the function below deletes, and only as the table's owner, so that a
-- service with a role of its own needs no right but to insert, to select and to call it.
CREATE FUNCTION intake.admin_log_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('tallypost.thinning', true) = 'admin_log'
       AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'intake.admin_log is append-only; old rows go by intake.forget_admin_log'
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER admin_log_kept BEFORE UPDATE OR DELETE ON intake.admin_log
    FOR EACH ROW EXECUTE FUNCTION intake.admin_log_kept();
CREATE TRIGGER admin_log_not_emptied BEFORE TRUNCATE ON intake.admin_log
    FOR EACH STATEMENT EXECUTE FUNCTION intake.admin_log_kept();

-- Deletes the oldest rows of before this time, but none that is younger than 30 days, whoever asks. Replicas may do it at
-- once: each skips what another holds.
CREATE FUNCTION intake.forget_admin_log(until timestamptz, most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    forgotten integer;
BEGIN
    -- By a clause of the function it would take a superuser to make it.
    PERFORM set_config('tallypost.thinning', 'admin_log', true);
    DELETE FROM intake.admin_log WHERE id = ANY (ARRAY(
        SELECT id FROM intake.admin_log WHERE at < LEAST(until, now() - interval '30 days')
        ORDER BY at LIMIT most FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    PERFORM set_config('tallypost.thinning', '', true);
    RETURN forgotten;
END $$;
