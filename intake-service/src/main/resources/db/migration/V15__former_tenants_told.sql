-- Waits for no lock for long: who comes behind it would wait as well.
SET LOCAL lock_timeout = '10s';

-- Whether the state of a former tenant is on its way to the topic. What a process of the version before deletes, it only
-- puts a tombstone there for, by which workers would go on sending the tenant's queued mail.
ALTER TABLE intake.former_tenant ADD COLUMN told boolean NOT NULL DEFAULT false;

CREATE INDEX former_tenant_untold ON intake.former_tenant (id) WHERE NOT told;

CREATE OR REPLACE FUNCTION intake.remember_former_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO intake.former_tenant (id, version, deleted_at)
    VALUES (OLD.id, nextval('intake.tenant_version'), now())
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, deleted_at = excluded.deleted_at, told = false;
    RETURN NULL;
END $$;
