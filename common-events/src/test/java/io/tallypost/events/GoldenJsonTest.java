package io.tallypost.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Mail;
import io.tallypost.mail.Mailbox;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/** The wire format does not change by accident: old readers and stored records depend on it. */
class GoldenJsonTest {
  private static final JsonMapper PLAIN = JsonMapper.builder().build();

  static Stream<Arguments> events() {
    var request = Examples.sendRequested();
    return Stream.of(
        Arguments.of("send-requested", request, SendRequested.class),
        Arguments.of("send-requested-mailboxes", ofAllMailboxes(), SendRequested.class),
        Arguments.of("quota-decided", Examples.approved(request), QuotaDecided.class),
        Arguments.of("delivered", Examples.delivered(request), DeliveryOutcome.class),
        Arguments.of("deferred", Examples.deferred(request), DeliveryOutcome.class),
        Arguments.of("failed", Examples.failed(request), DeliveryOutcome.class),
        Arguments.of("replayed", Examples.replayed(request), OperatorAction.class),
        Arguments.of("discarded", Examples.discarded(), OperatorAction.class),
        Arguments.of("redriven", Examples.redriven(request), OperatorAction.class),
        Arguments.of("admin", Examples.adminEntry(), AdminEntry.class));
  }

  /** Mailboxes in each form that intake may take: readers know them all. */
  private static SendRequested ofAllMailboxes() {
    var mail =
        new Mail(
            new Mailbox("Éva", new EmailAddress("e\u0301va@faß.example")),
            List.of(Mailbox.of(new EmailAddress("\"a..b\"@docomo.test"))),
            List.of(new Mailbox("用户", new EmailAddress("用户@例子.广告"))),
            List.of(Mailbox.of(new EmailAddress("\"john \\\"doe\\\"\"@example.org"))),
            List.of(Mailbox.of(new EmailAddress("\"bob\"@Example.ORG"))),
            "Hello",
            "Hello.\n",
            null,
            new TreeMap<>(Map.of("References", "<a@b.example> ".repeat(200).strip())));
    return Examples.sendRequested(Examples.MESSAGE_ID, Examples.SUBMISSION_ID, mail, 1000);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("events")
  void writesWhatTheGoldenFileSays(String name, Object event, Class<?> type) {
    var written = new String(EventJson.write(event), UTF_8);

    assertThat(PLAIN.readTree(written)).isEqualTo(PLAIN.readTree(golden(name)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("events")
  void readsWhatTheGoldenFileSays(String name, Object event, Class<?> type)
      throws UnreadableRecordException {
    assertThat(EventJson.read(golden(name), type)).isEqualTo(event);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("events")
  void ignoresAddedFieldsAndRefusesAHigherVersion(String name, Object event, Class<?> type)
      throws UnreadableRecordException {
    var json = new String(golden(name), UTF_8);
    var extended = json.replaceFirst("\\{", "{\"added_later\":[1],");
    var later = json.replaceFirst("\"v\": *1", "\"v\":2");

    assertThat(EventJson.read(extended.getBytes(UTF_8), type)).isEqualTo(event);
    assertThatThrownBy(() -> EventJson.read(later.getBytes(UTF_8), type))
        .isInstanceOf(UnreadableRecordException.class)
        .hasMessageContaining("version 2");
  }

  private static byte[] golden(String name) {
    try (var in = GoldenJsonTest.class.getResourceAsStream("/golden/" + name + ".json")) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
