package io.tallypost.audit.operator;

import io.tallypost.events.SendRequested;
import org.springframework.jdbc.core.JdbcTemplate;

/** A fault of PostgreSQL, until it is closed. */
public interface PostgresFault extends AutoCloseable {
  @Override
  void close();

  /**
   * PostgreSQL ends the next transaction that enters something about this subject, when it is to
   * commit: as a connection that is lost then.
   */
  static PostgresFault losesTheNextCommitAbout(JdbcTemplate jdbc, String subject) {
    jdbc.execute("CREATE SEQUENCE audit.lost_commits");
    jdbc.execute(
        """
        CREATE FUNCTION audit.lose_commit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            -- A sequence is not rolled back, so this is the first transaction alone.
            IF nextval('audit.lost_commits') = 1 THEN
                RAISE EXCEPTION 'lost' USING ERRCODE = 'admin_shutdown';
            END IF;
            RETURN NULL;
        END $$
        """);
    jdbc.execute(
        """
        CREATE CONSTRAINT TRIGGER lose_commit AFTER INSERT ON audit.admin_log DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.subject_id = '%s') EXECUTE FUNCTION audit.lose_commit()
        """
            .formatted(subject));
    return () -> {
      jdbc.execute("DROP TRIGGER lose_commit ON audit.admin_log");
      jdbc.execute("DROP FUNCTION audit.lose_commit()");
      jdbc.execute("DROP SEQUENCE audit.lost_commits");
    };
  }

  /** PostgreSQL refuses to write this message, as if it were shutting down. */
  static PostgresFault refusesToWrite(JdbcTemplate jdbc, SendRequested request) {
    jdbc.execute(
        """
        CREATE FUNCTION audit.refuse_write() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'refused' USING ERRCODE = 'admin_shutdown';
        END $$
        """);
    jdbc.execute(
        """
        CREATE TRIGGER refuse_write BEFORE UPDATE ON audit.message
        FOR EACH ROW WHEN (NEW.message_id = '%s') EXECUTE FUNCTION audit.refuse_write()
        """
            .formatted(request.messageId()));
    return () -> {
      jdbc.execute("DROP TRIGGER refuse_write ON audit.message");
      jdbc.execute("DROP FUNCTION audit.refuse_write()");
    };
  }
}
