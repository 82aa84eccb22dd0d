-- The roles of Tallypost's database: one for each service, which reads and writes the rows of its own schema, and the owner
-- of the schemas, whose rights only migrations need (`--migrate`, or the chart's Jobs). Run it in that database, before the
-- first start or any time later, as often as you like; an installation that had one login for all is taken over:
--
--   psql --dbname tallypost --set ON_ERROR_STOP=1 --file infra/postgresql/roles.sql
--
-- as a superuser, or as a role that may create roles and owns the database and what is in it. Then each role needs its
-- password: `\password tallypost_owner`, `\password tallypost_intake`, `\password tallypost_quota`, `\password tallypost_audit`.
DO
$$
DECLARE
    owner   constant text := 'tallypost_owner';
    service text;
    object  record;
BEGIN
    FOREACH service IN ARRAY ARRAY ['owner', 'intake', 'quota', 'audit'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tallypost_' || service) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', 'tallypost_' || service);
        END IF;
    END LOOP;
    -- Who is no superuser gives things only to a role that it is a member of.
    IF NOT pg_has_role(owner, 'SET') THEN
        EXECUTE format('GRANT %I TO CURRENT_USER', owner);
    END IF;

    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO tallypost_owner, tallypost_intake, tallypost_quota, tallypost_audit',
                   current_database());
    EXECUTE format('GRANT CREATE ON DATABASE %I TO tallypost_owner', current_database());
    -- Nobody else calls what runs with the owner's rights.
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE EXECUTE ON ROUTINES FROM PUBLIC', owner);

    FOREACH service IN ARRAY ARRAY ['intake', 'quota', 'audit'] LOOP
        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', service);
        EXECUTE format('ALTER SCHEMA %I OWNER TO %I', service, owner);
        FOR object IN
            SELECT format('ALTER TABLE %I.%I OWNER TO %I', service, relname, owner) AS command
            FROM pg_class
            WHERE relnamespace = service::regnamespace
              AND relkind IN ('r', 'p', 'v', 'm', 'S')
              AND relowner <> owner::regrole
              -- A column's sequence goes with its table.
              AND NOT EXISTS (SELECT FROM pg_depend
                              WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype IN ('a', 'i')
                                AND relkind = 'S')
            UNION ALL
            SELECT format('ALTER ROUTINE %s OWNER TO %I', oid::regprocedure, owner)
            FROM pg_proc
            WHERE pronamespace = service::regnamespace AND proowner <> owner::regrole
        LOOP
            EXECUTE object.command;
        END LOOP;

        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', service, 'tallypost_' || service);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', service, 'tallypost_' || service);
        -- But for what was migrated, and for the log of who did what, which only grows. Where they are still to be made, the
        -- migrations see to it.
        FOR object IN
            SELECT format('REVOKE %s ON %I.%I FROM %I', rights, service, kept, 'tallypost_' || service) AS command
            FROM (VALUES ('flyway_schema_history', 'INSERT, UPDATE, DELETE'), ('admin_log', 'UPDATE, DELETE')) t (kept, rights)
            WHERE to_regclass(format('%I.%I', service, kept)) IS NOT NULL
        LOOP
            EXECUTE object.command;
        END LOOP;
        EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO %I', service, 'tallypost_' || service);
        EXECUTE format('GRANT EXECUTE ON ALL ROUTINES IN SCHEMA %I TO %I', service, 'tallypost_' || service);
        -- And on what later migrations make.
        EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I',
                       owner, service, 'tallypost_' || service);
        EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT USAGE, SELECT ON SEQUENCES TO %I',
                       owner, service, 'tallypost_' || service);
        EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT EXECUTE ON ROUTINES TO %I',
                       owner, service, 'tallypost_' || service);
    END LOOP;
END
$$;
