package io.tallypost.delivery.smtp;

import static io.tallypost.events.Examples.ALICE;
import static io.tallypost.events.Examples.BOB;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.session.RelaySettings;
import io.tallypost.delivery.smtp.session.SmtpPhases;
import io.tallypost.delivery.smtp.wire.HostLookup;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.events.RecipientResult;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Lane;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Sinks, the relays that they play, and mail for them. */
abstract class RelayConversations {
  static final byte[] MESSAGE = "Subject: hello\r\n\r\n.\r\nbody\r\n".getBytes(US_ASCII);
  static final Relay.Terms TERMS =
      new Relay.Terms(1, new TenantId("acme"), Lane.TRANSACTIONAL, false, false);
  static final Envelope TO_BOB = new Envelope(ALICE, List.of(BOB));
  static final SSLSocketFactory JVM_TRUST = (SSLSocketFactory) SSLSocketFactory.getDefault();

  private final List<AutoCloseable> opened = new ArrayList<>();

  /** What the relays' clock shows. */
  Instant now = Instant.parse("2026-03-01T12:00:00Z");

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  SmtpSink sink() {
    return sink(SinkSettings.defaults());
  }

  SmtpSink sink(SinkSettings settings) {
    SmtpSink sink = SmtpSink.start(settings);
    opened.add(sink);
    return sink;
  }

  SmtpSink answering(Class<? extends SmtpStage> where, SmtpAnswer answer) {
    SmtpSink sink = sink();
    sink.follow(stage -> where.isInstance(stage) ? answer : SmtpAnswer.accept());
    return sink;
  }

  SmtpRelay relay(SmtpSink sink, String... settings) {
    return relay(sink, JVM_TRUST, settings);
  }

  /** A relay with these settings. */
  SmtpRelay relay(SmtpSink sink, SSLSocketFactory trust, String... settings) {
    var relay =
        new SmtpRelay(
            settings(sink, settings),
            trust,
            HostLookup.ANYWHERE,
            () -> now,
            50,
            SmtpPhases.UNHEARD);
    opened.add(relay);
    return relay;
  }

  /** These settings as they would stand in a file; without security by default. */
  static RelaySettings settings(SmtpSink sink, String... settings) {
    var properties = new HashMap<String, Object>();
    properties.put("host", sink.host());
    properties.put("port", sink.port());
    properties.put("security", "none");
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      properties.put(setting.substring(0, equals), setting.substring(equals + 1));
    }
    var source = new MapConfigurationPropertySource();
    properties.forEach((name, value) -> source.put("relay." + name, value));
    return new Binder(source).bind("relay", RelaySettings.class).get();
  }

  static AttemptResult send(SmtpRelay relay) {
    return send(relay, TO_BOB);
  }

  static AttemptResult send(SmtpRelay relay, Envelope envelope) {
    return Objects.requireNonNull(trySend(relay, envelope, new SendGuard()));
  }

  /** Null if it was broken off. */
  static @Nullable AttemptResult trySend(SmtpRelay relay, Envelope envelope, SendGuard guard) {
    return handle(relay, new FixedMail(envelope, MESSAGE), TERMS, guard)
            instanceof RelayAnswer.Made(AttemptResult attemptResult)
        ? attemptResult
        : null;
  }

  static @Nullable RelayAnswer handle(
      SmtpRelay relay, OutgoingMail mail, Relay.Terms terms, SendGuard guard) {
    try {
      return relay.send(mail, terms, guard, () -> true);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** From Alice to so many. */
  static Envelope toMany(int recipients) {
    return new Envelope(
        ALICE,
        IntStream.range(0, recipients)
            .mapToObj(i -> new EmailAddress("r" + i + "@example.org"))
            .toList());
  }

  static List<RecipientResult.Status> statuses(AttemptResult attemptResult) {
    return attemptResult.results().stream().map(RecipientResult::status).toList();
  }
}
