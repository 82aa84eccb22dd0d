-- Waits for no lock for long: who comes behind it would wait as well.
SET LOCAL lock_timeout = '10s';

-- The whole log of who did what: what was done here, and what other services' entries on mail.operations.v1 tell.
ALTER TABLE admin_log
    -- The same for an entry that is read twice. Processes of the version before name none.
    ADD COLUMN event_id     uuid   NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN service      text   NOT NULL DEFAULT 'audit-service',
    -- Whose thing it was done to; NULL where it is nobody's, or several tenants'.
    ADD COLUMN tenant       text,
    ADD COLUMN actor_name   text,
    ADD COLUMN actor_tenant text,
    -- The network address that the request came from.
    ADD COLUMN client       text,
    ADD COLUMN request_id   text,
    -- The names of what was asked for.
    ADD COLUMN fields       text[] NOT NULL DEFAULT '{}',
    -- What changed, without secrets.
    ADD COLUMN before       jsonb,
    ADD COLUMN after        jsonb;

CREATE UNIQUE INDEX admin_log_event ON admin_log (event_id);

-- In the order in which they are listed.
CREATE INDEX admin_log_by_time ON admin_log (at, event_id);
CREATE INDEX admin_log_by_tenant ON admin_log (tenant, at, event_id);
CREATE INDEX admin_log_by_actor ON admin_log (actor, at, event_id);
DROP INDEX admin_log_by_subject;
CREATE INDEX admin_log_by_subject ON admin_log (subject_id, at, event_id);

-- Rows are added and read, and nothing else. Only the function below deletes, and only as the table's owner, so that a
-- service with a role of its own needs no right but to insert, to select and to call it.
CREATE FUNCTION admin_log_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('tallypost.thinning', true) = 'admin_log'
       AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'audit.admin_log is append-only; old rows go by audit.forget_admin_log'
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER admin_log_kept BEFORE UPDATE OR DELETE ON admin_log
    FOR EACH ROW EXECUTE FUNCTION admin_log_kept();
CREATE TRIGGER admin_log_not_emptied BEFORE TRUNCATE ON admin_log
    FOR EACH STATEMENT EXECUTE FUNCTION admin_log_kept();

-- Deletes the oldest rows of before this time, but none that is younger than 30 days, whoever asks. Replicas may do it at
-- once: each skips what another holds.
CREATE FUNCTION forget_admin_log(until timestamptz, most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    forgotten integer;
BEGIN
    -- By a clause of the function it would take a superuser to make it.
    PERFORM set_config('tallypost.thinning', 'admin_log', true);
    DELETE FROM audit.admin_log WHERE id = ANY (ARRAY(
        SELECT id FROM audit.admin_log WHERE at < LEAST(until, now() - interval '30 days')
        ORDER BY at LIMIT most FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    PERFORM set_config('tallypost.thinning', '', true);
    RETURN forgotten;
END $$;
