-- A service's own role may write the rows of every table that is made here (infra/postgresql/roles.sql), but not what was
-- migrated; and to the log of who did what it only adds.
DO $$
DECLARE
    granted record;
BEGIN
    FOR granted IN
        SELECT DISTINCT oid::regclass AS name, relname, grantee::regrole AS role
        FROM pg_class, aclexplode(relacl)
        WHERE relnamespace = 'intake'::regnamespace AND relname IN ('flyway_schema_history', 'admin_log')
          AND grantee NOT IN (0, relowner)
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %s', granted.name, granted.role);
        IF granted.relname = 'flyway_schema_history' THEN
            EXECUTE format('REVOKE INSERT ON %s FROM %s', granted.name, granted.role);
        END IF;
    END LOOP;
END $$;
