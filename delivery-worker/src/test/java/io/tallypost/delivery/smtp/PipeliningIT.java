package io.tallypost.delivery.smtp;

import static io.tallypost.events.Examples.ALICE;
import static io.tallypost.events.RecipientResult.Status.DELIVERED;
import static io.tallypost.events.RecipientResult.Status.FAILED;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.mail.EmailAddress;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More recipients than fit into what is sent without an answer (RFC 2920, section 3.1). */
@Timeout(60)
class PipeliningIT extends RelayConversations {
  private static final int LONGEST_GROUP = 4_096;

  @Test
  void writesNoMoreThanARelayTakesThatDoesNotReadWhileItWrites() throws IOException {
    List<List<String>> all = new ArrayList<>();
    for (int recipients = 50; recipients < 70; recipients++) {
      try (var relay = new Grouping(PipeliningIT::isOdd)) {
        Envelope envelope = toLong(recipients);

        AttemptResult attemptResult = send(relay(sink(), "port=" + relay.port()), envelope);

        for (int i = 0; i < recipients; i++) {
          assertThat(attemptResult.results().get(i).status())
              .isEqualTo(i % 2 == 1 ? FAILED : DELIVERED);
        }
        assertThat(relay.groups).allMatch(group -> group.length() <= LONGEST_GROUP);
        assertThat(relay.groups).anyMatch(group -> group.length() > 1_000);
        assertThat(relay.messages).hasSize(1);
        all.add(List.copyOf(relay.groups));
      }
    }
    assertThat(all)
        .as("DATA alone in the last group, and not alone")
        .anyMatch(groups -> groups.getLast().equals("DATA\r\n"))
        .anyMatch(groups -> groups.getLast().startsWith("RCPT"));
  }

  /** Then it need not be asked for the message. */
  @Test
  void sendsNoMessageWhereEachGroupWasRefused() throws IOException {
    for (int recipients = 50; recipients < 60; recipients++) {
      try (var relay = new Grouping(_ -> true)) {
        AttemptResult attemptResult =
            send(relay(sink(), "port=" + relay.port()), toLong(recipients));

        assertThat(statuses(attemptResult)).hasSize(recipients).containsOnly(FAILED);
        assertThat(relay.groups).doesNotContain("DATA\r\n");
        assertThat(relay.messages).isEmpty();
      }
    }
  }

  private static boolean isOdd(String command) {
    int number = Integer.parseInt(command.replaceAll("^RCPT TO:<r(\\d+)\\..*", "$1"));
    return number % 2 == 1;
  }

  private static Envelope toLong(int recipients) {
    String domain = "x".repeat(60) + "." + "y".repeat(60) + ".example";
    return new Envelope(
        ALICE,
        IntStream.range(0, recipients)
            .mapToObj(i -> new EmailAddress("r" + i + "." + "z".repeat(50) + "@" + domain))
            .toList());
  }

  /** A relay that waits for the whole of a group, and answers it command by command. */
  private static final class Grouping implements AutoCloseable {
    private static final int SILENCE_MILLIS = 20;

    private final List<String> groups = new CopyOnWriteArrayList<>();
    private final List<String> messages = new CopyOnWriteArrayList<>();
    private final Predicate<String> refuses;
    private final ServerSocket server;
    private boolean taken;
    private boolean reads;

    Grouping(Predicate<String> refuses) throws IOException {
      this.refuses = refuses;
      this.server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      Thread.ofVirtual().start(this::serve);
    }

    int port() {
      return server.getLocalPort();
    }

    private void serve() {
      try (Socket client = server.accept()) {
        client.setTcpNoDelay(true);
        say(client, "220 hello");
        while (true) {
          String group = group(client, reads ? "\r\n.\r\n" : "\r\n");
          if (reads) {
            messages.add(group);
            reads = false;
            say(client, "250 2.0.0 taken");
            continue;
          }
          if (group.startsWith("MAIL") || group.startsWith("RCPT") || group.startsWith("DATA")) {
            groups.add(group);
          }
          for (String command : group.lines().toList()) {
            say(client, answer(command));
          }
        }
      } catch (IOException e) {
        // The client has left.
      }
    }

    private String answer(String command) {
      return switch (command.substring(0, 4)) {
        case "EHLO" -> "250-grouping.example\r\n250 PIPELINING";
        case "MAIL" -> "250 2.1.0 ok";
        case "RCPT" -> recipient(command);
        case "DATA" -> {
          reads = taken;
          yield taken ? "354 go on" : "503 5.5.1 nobody";
        }
        case "QUIT" -> "221 2.0.0 goodbye";
        default -> "250 2.0.0 ok";
      };
    }

    private String recipient(String command) {
      if (refuses.test(command)) {
        return "550 5.1.1 no such user: " + "n".repeat(2_000);
      }
      taken = true;
      return "250 2.1.5 ok";
    }

    private static void say(Socket client, String line) throws IOException {
      client.getOutputStream().write((line + "\r\n").getBytes(US_ASCII));
    }

    /** What comes until nothing more does, a client's pause in the middle of a line apart. */
    private static String group(Socket client, String end) throws IOException {
      var group = new ByteArrayOutputStream();
      InputStream in = client.getInputStream();
      client.setSoTimeout(0);
      while (true) {
        try {
          int octet = in.read();
          if (octet < 0) {
            throw new EOFException();
          }
          group.write(octet);
          client.setSoTimeout(SILENCE_MILLIS);
        } catch (SocketTimeoutException e) {
          if (group.toString(US_ASCII).endsWith(end)) {
            return group.toString(US_ASCII);
          }
        }
      }
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }
}
