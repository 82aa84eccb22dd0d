-- Deletes the oldest rows of before this time, but none that is younger than 30 days, whoever asks; and of a key, tenant or
-- relay that there still is neither who made it nor who changed it last. Whether there is one the log itself tells: it is
-- intake's, whose tables audit does not see. Replicas may do it at once: each skips what another holds.
CREATE OR REPLACE FUNCTION forget_admin_log(until timestamptz, most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    forgotten integer;
BEGIN
    -- By a clause of the function it would take a superuser to make it.
    PERFORM set_config('tallypost.thinning', 'admin_log', true);
    DELETE FROM audit.admin_log WHERE id = ANY (ARRAY(
        SELECT id FROM audit.admin_log entry
        WHERE at < LEAST(until, now() - interval '30 days')
          AND NOT (action IN ('api_key.created', 'api_key.changed', 'tenant.created', 'tenant.changed',
                              'relay.created', 'relay.changed')
                   AND NOT EXISTS (
                       SELECT FROM audit.admin_log later
                       WHERE later.subject_id = entry.subject_id AND later.at >= entry.at
                         AND (later.action = entry.action AND (later.at, later.event_id) > (entry.at, entry.event_id)
                              OR later.action = split_part(entry.action, '.', 1) || '.deleted'
                              OR later.action = split_part(entry.action, '.', 1) || '.expired')))
        ORDER BY at LIMIT most FOR UPDATE OF entry SKIP LOCKED));
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    PERFORM set_config('tallypost.thinning', '', true);
    RETURN forgotten;
END $$;
