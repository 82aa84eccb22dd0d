package io.tallypost.intake.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.events.AdminEntry.Actor;
import io.tallypost.intake.PostgresLine;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.keys.secrets.Secrets;
import io.tallypost.intake.outbox.Outbox;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.keys.Scope;
import io.tallypost.kit.callers.Credential;
import io.tallypost.kit.database.UnconfirmedCommitException;
import io.tallypost.kit.testing.Backends;
import io.tallypost.mail.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.security.crypto.password.PasswordEncoder;

/** The first key, on a real database. */
@ExtendWith(OutputCaptureExtension.class)
class FirstOperatorKeyIT {
  @TempDir Path directory;
  private DriverManagerDataSource source = new DriverManagerDataSource();

  @BeforeEach
  void migrate() {
    Backends.Database database = Backends.database();
    source = new DriverManagerDataSource(database.jdbcUrl(), database.user(), database.password());
    Flyway.configure().dataSource(source).schemas("intake").createSchemas(true).load().migrate();
  }

  private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");

  private Replica replica(@Nullable Path file) {
    return replica(file, NOW);
  }

  private Replica replica(@Nullable Path file, Instant now) {
    return replica(file, now, new BCryptPasswordEncoder(4));
  }

  private Replica replica(@Nullable Path file, Instant now, PasswordEncoder bcrypt) {
    return Replica.on(source, file, now, bcrypt);
  }

  @Test
  void isMadeOnceByManyThatStartAtOnce() throws InterruptedException, IOException {
    Path file = directory.resolve("deep/operator-key");
    var together = new CountDownLatch(1);
    var starts = new ArrayList<Thread>();
    for (int i = 0; i < 6; i++) {
      Replica replica = replica(file);
      starts.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  together.await();
                  replica.firstKey().ensure(NOW);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }));
    }
    together.countDown();
    for (Thread start : starts) {
      start.join();
    }

    Replica replica = replica(file);
    List<ApiKeyRow> rows = replica.store().all();
    assertThat(rows).hasSize(1);
    ApiKeyState key = rows.getFirst().state();
    assertThat(key.scopes()).contains(Scope.OPERATOR);
    assertThat(replica.outbox().oldest(Outbox.Part.CONFIG, 10)).hasSize(1);
    ApiKeyToken token = ApiKeyToken.parse(Files.readString(file).strip()).orElseThrow();
    assertThat(token.id()).isEqualTo(key.id());
    assertThat(
            new BCryptPasswordEncoder(4).matches(token.secret(), key.secrets().getFirst().hash()))
        .isTrue();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  /** Else the others that start, and operators, wait for as long as bcrypt takes. */
  @Test
  void isHashedWithoutATransaction() {
    var looked = new AtomicInteger();
    var encoder =
        new PasswordEncoder() {
          private final PasswordEncoder bcrypt = new BCryptPasswordEncoder(4);

          @Override
          public String encode(@Nullable CharSequence raw) {
            assertThat(openTransactions()).isZero();
            looked.incrementAndGet();
            return Objects.requireNonNull(bcrypt.encode(raw));
          }

          @Override
          public boolean matches(@Nullable CharSequence raw, @Nullable String encoded) {
            return bcrypt.matches(raw, encoded);
          }
        };
    Replica replica = replica(directory.resolve("operator-key"), NOW, encoder);

    replica.firstKey().ensure(NOW);

    assertThat(looked).hasValue(1);
    assertThat(replica.only().scopes()).contains(Scope.OPERATOR);
    replica.firstKey().ensure(NOW);
    assertThat(looked).as("no secret is hashed where there is a key").hasValue(1);
  }

  private long openTransactions() {
    return JdbcClient.create(source)
        .sql(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
              AND backend_type = 'client backend'
            """)
        .query(Long.class)
        .single();
  }

  @Test
  void isNotMadeWhereItsFileCannotBeWritten() throws IOException {
    Path blocked = Files.writeString(directory.resolve("file"), "").resolve("operator-key");
    Replica replica = replica(blocked);

    assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> replica.firstKey().ensure(NOW)))
        .isInstanceOf(FirstOperatorKey.NotWrittenException.class)
        .hasMessageContaining("OPERATOR_KEY_FILE");

    assertThat(replica.store().all()).isEmpty();
    assertThat(replica.outbox().oldest(Outbox.Part.CONFIG, 10)).isEmpty();
  }

  @Test
  void isNotMadeWhereNoFileIsNamedForIt(CapturedOutput output) {
    Replica replica = replica(null);

    replica.firstKey().ensure(NOW);

    assertThat(replica.store().all()).isEmpty();
    assertThat(output).doesNotContain("sk_live_").contains("OPERATOR_KEY_FILE");
  }

  @Test
  void isNeverPrinted(CapturedOutput output) throws IOException {
    Path file = directory.resolve("operator-key");

    replica(file).firstKey().ensure(NOW);

    ApiKeyToken token = ApiKeyToken.parse(Files.readString(file).strip()).orElseThrow();
    assertThat(output).doesNotContain(token.secret()).doesNotContain("sk_live_");
  }

  @Test
  void endsAfterADayThatNobodyConfirmedItIn() {
    Replica replica = replica(directory.resolve("operator-key"));

    replica.firstKey().ensure(NOW);

    ApiKeyState key = replica.only();
    assertThat(Secrets.opens(key, NOW.plus(Duration.ofHours(24)).minusMillis(1))).isTrue();
    assertThat(Secrets.opens(key, NOW.plus(Duration.ofHours(24)))).isFalse();
  }

  @Test
  void staysOnceAnotherOperatorsKeyIsMadeWithIt() {
    Replica replica = replica(directory.resolve("operator-key"));
    replica.firstKey().ensure(NOW);
    ApiKeyState first = replica.only();

    make(replica, first, "sender", EnumSet.of(Scope.SEND));
    assertThat(replica.store().find(first.id()).orElseThrow().state()).isEqualTo(first);
    make(replica, first, "second", EnumSet.of(Scope.OPERATOR));

    ApiKeyState confirmed = replica.store().find(first.id()).orElseThrow().state();
    assertThat(confirmed.secrets())
        .singleElement()
        .satisfies(secret -> {
          assertThat(secret.hash()).isEqualTo(first.secrets().getFirst().hash());
          assertThat(secret.expiresAt()).isNull();
        });
    assertThat(confirmed.version()).isGreaterThan(first.version());
    assertThat(replica.outbox().oldest(Outbox.Part.CONFIG, 10))
        .as("first, sender, second, first again")
        .hasSize(4);
    // And the one that was made with it does not end either.
    assertThat(replica.store().all())
        .allSatisfy(row ->
            assertThat(Secrets.opens(row.state(), NOW.plus(Duration.ofDays(1000)))).isTrue());
  }

  /** Their ends bind what they make, so nobody could lengthen them. */
  @Test
  void isMadeAnewWhereAllOperatorsKeysHaveExpired() {
    Replica replica = replica(directory.resolve("operator-key"));
    replica.firstKey().ensure(NOW);
    make(replica, replica.only(), "second", EnumSet.of(Scope.OPERATOR));
    JdbcClient.create(source)
        .sql("UPDATE intake.api_key SET restrictions = jsonb_build_object('expires_at', :end)")
        .param("end", NOW.toString())
        .update();

    replica(directory.resolve("operator-key"), NOW.minusSeconds(1))
        .firstKey()
        .ensure(NOW.minusSeconds(1));
    assertThat(replica.store().all()).as("they open until then").hasSize(2);
    replica.firstKey().ensure(NOW);
    replica.firstKey().ensure(NOW);

    assertThat(replica.store().all()).hasSize(3);
  }

  /** The file has the plaintext before the commit, so what was committed is what it has. */
  @Test
  void isInItsFileThoughNobodySaidThatItWasCommitted() throws IOException {
    Path file = directory.resolve("operator-key");
    try (var line = PostgresLine.to(Objects.requireNonNull(source.getUrl()))) {
      source.setUrl(line.jdbcUrl());
      Replica replica = replica(file);
      line.losesTheAnswerToTheCommitOf("api_key.created");

      assertThatThrownBy(() -> replica.firstKey().ensure(NOW))
          .isInstanceOf(UnconfirmedCommitException.class);
      // The start goes on until it went well.
      replica.firstKey().ensure(NOW);

      ApiKeyToken token = ApiKeyToken.parse(Files.readString(file).strip()).orElseThrow();
      assertThat(
              new BCryptPasswordEncoder(4)
                  .matches(token.secret(), replica.only().secrets().getFirst().hash()))
          .isTrue();
    }
  }

  /** The time of confirming is over with the key: nobody has one, so the file gets a new one. */
  @Test
  void isMadeAnewOnceItHasEnded() throws IOException {
    Path file = directory.resolve("operator-key");
    replica(file).firstKey().ensure(NOW);
    ApiKeyState ended = replica(file).only();
    String before = Files.readString(file);

    Instant stillThere = NOW.plus(Duration.ofHours(23));
    replica(file, stillThere).firstKey().ensure(stillThere);
    assertThat(Files.readString(file)).isEqualTo(before);
    Instant later = NOW.plus(Duration.ofHours(25));
    Replica replica = replica(file, later);
    replica.firstKey().ensure(later);

    ApiKeyToken token = ApiKeyToken.parse(Files.readString(file).strip()).orElseThrow();
    assertThat(token.id()).isNotEqualTo(ended.id());
    assertThat(Secrets.opens(replica.store().find(token.id()).orElseThrow().state(), later))
        .isTrue();
    assertThat(replica.store().find(ended.id()).orElseThrow().state())
        .as("the old one stays ended")
        .isEqualTo(ended);
  }

  @Test
  void anotherIsNotMadeWhereSomebodyHasConfirmed() throws IOException {
    Path file = directory.resolve("operator-key");
    Replica replica = replica(file);
    replica.firstKey().ensure(NOW);
    make(replica, replica.only(), "second", EnumSet.of(Scope.OPERATOR));
    Files.delete(file);

    Instant later = NOW.plus(Duration.ofDays(400));
    replica(file, later).firstKey().ensure(later);

    assertThat(file).doesNotExist();
    assertThat(replica.store().all()).hasSize(2);
  }

  private static void make(Replica replica, ApiKeyState maker, String name, EnumSet<Scope> scopes) {
    var wanted =
        new ApiKeyRegister.Wanted(
            name, maker.tenant(), Mode.LIVE, scopes, List.of(), null, KeyRestrictions.NONE);
    replica
        .register()
        .create(
            replica.register().prepare(wanted, maker.id()),
            wanted,
            new Access(maker, new Credential(maker.secrets().getFirst(), "192.0.2.1"), 1_000),
            new AdminLog.Change(Actor.key(maker.id()), "api_key.created", List.of()));
  }

  @Test
  void readsAKeyAsItWasWritten() {
    Replica replica = replica(directory.resolve("operator-key"));
    replica.firstKey().ensure(NOW);
    ApiKeyRow row = replica.store().all().getFirst();

    assertThat(replica.store().find(row.state().id())).contains(row);
    assertThat(row.state().defaultFrom()).isNull();
  }
}
