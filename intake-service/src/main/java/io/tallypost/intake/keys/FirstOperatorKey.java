package io.tallypost.intake.keys;

import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.IntakeSettings;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.keys.secrets.Secrets;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.keys.Scope;
import io.tallypost.mail.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes the key that all others are made with, at the first start: where no key has the scope
 * operator, or the one that was made has ended without ever being {@linkplain Secrets confirmed}.
 * The plaintext is written to a file before the row is committed: a crash in between leaves a
 * plaintext that opens nothing, and never a key that nobody has. It is in no log, which others may
 * read.
 */
public class FirstOperatorKey {
  private static final Logger log = LoggerFactory.getLogger(FirstOperatorKey.class);

  /** Any number that no other user of the database locks by: "operator" in ASCII. */
  private static final long LOCK = 0x6f70657261746f72L;

  private static final String NAME = "first-operator";

  private final ApiKeyStore store;
  private final ApiKeyRegister keys;
  private final JdbcClient jdbc;
  private final TransactionTemplate transaction;
  private final @Nullable Path file;
  private final long dailyLimit;
  private final OperatorKeySettings settings;

  FirstOperatorKey(
      ApiKeyStore store,
      ApiKeyRegister keys,
      JdbcClient jdbc,
      TransactionTemplate transaction,
      IntakeSettings intake,
      OperatorKeySettings settings) {
    this.store = store;
    this.keys = keys;
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.file = intake.operatorKeyFile();
    this.dailyLimit = intake.defaultDailyLimit();
    this.settings = settings;
  }

  /** The key's file cannot be written, so there is no key yet. */
  public static final class NotWrittenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotWrittenException(Path file, IOException cause) {
      super("the operator key cannot be written to " + file + " (OPERATOR_KEY_FILE): " + cause);
    }
  }

  /**
   * Makes the key if there is none. Of several processes that start at once, one does.
   *
   * @throws NotWrittenException if its file cannot be written; nothing is committed then
   */
  public void ensure(Instant now) {
    List<ApiKeyRow> operators = transaction.execute(_ -> store.lockOperators());
    if (anyOpens(operators, now)) {
      return;
    }
    if (file == null) {
      log.atWarn()
          .log(
              "there is no operator key, and none is made: OPERATOR_KEY_FILE names no file for it");
      return;
    }
    ApiKeyRegister.Created prepared =
        prepare(operators.isEmpty() ? NAME : NAME + "-" + now.getEpochSecond(), now);
    Path target = file.toAbsolutePath();
    if (Boolean.TRUE.equals(transaction.execute(_ -> addIfNone(prepared, target, now)))) {
      keys.committed(prepared);
      log.atInfo()
          .addKeyValue("api_key_id", prepared.token().id())
          .log(
              "first operator key made, in the file of OPERATOR_KEY_FILE; it ends after {} unless another operator key is made with it",
              settings.confirmWithin());
    }
  }

  /** One that has expired is none: nobody could lengthen its end any more. */
  private static boolean anyOpens(List<ApiKeyRow> operators, Instant now) {
    return operators.stream().map(ApiKeyRow::state).anyMatch(key -> opens(key, now));
  }

  private static boolean opens(ApiKeyState key, Instant now) {
    Instant end = key.restrictions().expiresAt();
    return Secrets.opens(key, now) && (end == null || end.isAfter(now));
  }

  /** It takes bcrypt's time, so no transaction is open. */
  private ApiKeyRegister.Created prepare(String name, Instant now) {
    return keys.prepare(
            new ApiKeyRegister.Wanted(
                name,
                TenantId.DEFAULT,
                Mode.LIVE,
                EnumSet.allOf(Scope.class),
                List.of(new QuotaLimit(QuotaPolicyName.KEY_DAY, dailyLimit)),
                null,
                KeyRestrictions.NONE),
            null)
        .until(now.plus(settings.confirmWithin()).truncatedTo(ChronoUnit.MICROS));
  }

  private boolean addIfNone(ApiKeyRegister.Created prepared, Path target, Instant now) {
    // Held until the transaction's end; a second process sees the first one's key.
    jdbc.sql("SELECT pg_advisory_xact_lock(:lock)")
        .param("lock", LOCK)
        .query((_, _) -> true)
        .single();
    if (anyOpens(store.lockOperators(), now)) {
      return false;
    }
    keys.add(prepared, AdminLog.Change.atStart("api_key.created"));
    write(prepared.token(), target);
    return true;
  }

  private static void write(ApiKeyToken token, Path file) {
    try {
      // A new file beside it, so that its permissions are ours from the first byte on.
      Path parent = Files.createDirectories(file.getParent());
      Path fresh =
          Files.createTempFile(
              parent,
              "operator-key",
              ".tmp",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(fresh, token.plaintext() + "\n");
      Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new NotWrittenException(file, e);
    }
  }
}
