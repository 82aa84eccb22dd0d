package io.tallypost.delivery.smtp;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.session.RelaySettings;
import io.tallypost.delivery.smtp.session.SmtpPhases;
import io.tallypost.delivery.smtp.wire.HostLookup;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Lane;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSocketFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/**
 * What the bare dialogue of a mail of 4 KB costs, for {@code bench smtp}: {@code DialogueMain HOST
 * PORT WARM_UP SECONDS ROUNDS} sends one mail after the other to a relay in another process, on one
 * kept-open connection, and prints a line for each round: mails, the CPU nanoseconds of the sending
 * thread, those of the whole process, and the nanoseconds of the clock.
 */
final class DialogueMain {
  private static final EmailAddress SENDER = new EmailAddress("orders@shop.example");
  private static final EmailAddress RECIPIENT = new EmailAddress("bob@example.org");
  private static final byte[] MESSAGE =
      ("Message-ID: <dialogue@shop.example>\r\nSubject: Your order is on its way\r\n\r\n"
              + "Your order is on its way. You can follow it at https://shop.example.\r\n"
                  .repeat(57))
          .getBytes(US_ASCII);

  private DialogueMain() {}

  public static void main(String[] args) throws InterruptedException {
    Map<String, String> settings =
        Map.of(
            "relay.host", args[0],
            "relay.port", args[1],
            "relay.security", "none",
            "relay.messages-per-connection", "1000000000",
            "relay.max-age", "1d");
    var bound =
        new Binder(new MapConfigurationPropertySource(settings))
            .bind("relay", RelaySettings.class)
            .get();
    try (var relay =
        new SmtpRelay(
            bound,
            (SSLSocketFactory) SSLSocketFactory.getDefault(),
            HostLookup.ANYWHERE,
            InstantSource.system(),
            50,
            SmtpPhases.UNHEARD)) {
      send(relay, Duration.ofSeconds(Long.parseLong(args[2])));
      for (int round = 0; round < Integer.parseInt(args[4]); round++) {
        long thread = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        Duration process = processCpu();
        long start = System.nanoTime();
        long mails = send(relay, Duration.ofSeconds(Long.parseLong(args[3])));
        System.out.printf(
            "round %d %d %d %d%n",
            mails,
            ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - thread,
            processCpu().minus(process).toNanos(),
            System.nanoTime() - start);
      }
    }
  }

  private static Duration processCpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow();
  }

  private static long send(SmtpRelay relay, Duration time) throws InterruptedException {
    var mail = new FixedMail(new Envelope(SENDER, List.of(RECIPIENT)), MESSAGE);
    var terms = new Relay.Terms(1, TenantId.DEFAULT, Lane.TRANSACTIONAL, false, false);
    long end = System.nanoTime() + time.toNanos();
    long mails = 0;
    while (System.nanoTime() < end) {
      RelayAnswer relayAnswer = relay.send(mail, terms, new SendGuard(), () -> true);
      if (!(relayAnswer instanceof RelayAnswer.Made(AttemptResult attemptResult))
          || attemptResult.fault() != AttemptResult.Fault.NONE) {
        throw new IllegalStateException("the sink did not take a mail: " + relayAnswer);
      }
      mails++;
    }
    return mails;
  }
}
