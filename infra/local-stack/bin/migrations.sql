-- What each service has done to its schema so far, and when.
SELECT * FROM (
  SELECT 'intake' AS schema, version, description, installed_on, success FROM intake.flyway_schema_history
  UNION ALL SELECT 'quota', version, description, installed_on, success FROM quota.flyway_schema_history
  UNION ALL SELECT 'audit', version, description, installed_on, success FROM audit.flyway_schema_history
) AS migrations ORDER BY schema, installed_on;
