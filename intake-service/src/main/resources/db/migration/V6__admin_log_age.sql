-- Rows older than tallypost.intake.admin-log-retention are deleted, the oldest first.
CREATE INDEX admin_log_age ON intake.admin_log (at);
