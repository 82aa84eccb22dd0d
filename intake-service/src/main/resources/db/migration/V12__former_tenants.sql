-- Waits for no lock for long: who comes behind it would wait as well.
SET LOCAL lock_timeout = '10s';

-- What is left of a deleted tenant: nobody gets its id while something of it is kept.
CREATE TABLE intake.former_tenant (
    id         text PRIMARY KEY,
    -- Of its last state on config.tenants.v1.
    version    bigint      NOT NULL,
    deleted_at timestamptz NOT NULL
);

-- A trigger, so that what a process of the version before deletes counts too.
CREATE FUNCTION intake.remember_former_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO intake.former_tenant (id, version, deleted_at)
    VALUES (OLD.id, nextval('intake.tenant_version'), now())
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, deleted_at = excluded.deleted_at;
    RETURN NULL;
END $$;

CREATE TRIGGER former_tenant AFTER DELETE ON intake.tenant
    FOR EACH ROW EXECUTE FUNCTION intake.remember_former_tenant();

-- Those deleted before this version, as far as the log tells.
INSERT INTO intake.former_tenant (id, version, deleted_at)
SELECT subject_id, nextval('intake.tenant_version'), at
FROM (SELECT subject_id, max(at) AS at FROM intake.admin_log
      WHERE action = 'tenant.deleted' GROUP BY subject_id) deleted
WHERE NOT EXISTS (SELECT FROM intake.tenant WHERE id = subject_id);

-- Keys that have expired long ago are deleted. As text: times in UTC are in the order of their letters.
CREATE INDEX api_key_expiry ON intake.api_key ((restrictions ->> 'expires_at') COLLATE "C")
    WHERE restrictions ->> 'expires_at' IS NOT NULL;
