-- A service's own role may write the rows of every table that is made here (infra/postgresql/roles.sql), but not what was
-- migrated.
DO $$
DECLARE
    granted record;
BEGIN
    FOR granted IN
        SELECT DISTINCT oid::regclass AS name, grantee::regrole AS role
        FROM pg_class, aclexplode(relacl)
        WHERE relnamespace = 'quota'::regnamespace AND relname = 'flyway_schema_history' AND grantee NOT IN (0, relowner)
    LOOP
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON %s FROM %s', granted.name, granted.role);
    END LOOP;
END $$;
