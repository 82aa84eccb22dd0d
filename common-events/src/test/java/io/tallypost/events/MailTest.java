package io.tallypost.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MailTest {

  private static List<Mailbox> mailboxes(String... addresses) {
    return Stream.of(addresses).map(EmailAddress::new).map(Mailbox::of).toList();
  }

  private static Mail mail(List<Mailbox> to, List<Mailbox> cc, List<Mailbox> bcc) {
    return new Mail(Examples.MAIL.from(), to, cc, bcc, List.of(), "", "", null, new TreeMap<>());
  }

  @Test
  void countsAMailboxOnceHoweverItIsSpelled() {
    Mail mail =
        mail(
            mailboxes("bob@ok.test", "\"bob\"@OK.test", "\"a..b\"@ok.test"),
            mailboxes("\"b\\ob\"@ok.test", "bob@müller.test", "\"a.\\.b\"@ok.test"),
            mailboxes("bob@XN--MLLER-KVA.test", "\"bob\"@Müller.test", "bob@mu\u0308ller.test"));

    assertThat(mail.recipients())
        .extracting(EmailAddress::value)
        .containsExactly("bob@ok.test", "\"a..b\"@ok.test", "bob@xn--mller-kva.test");
  }

  @Test
  void tellsApartWhatIsNotTheSameMailbox() {
    Mail mail =
        mail(
            mailboxes("bob@fass.test", "bob@faß.test", "Bob@fass.test", "\"bob \"@fass.test"),
            List.of(),
            List.of());

    assertThat(mail.recipients()).hasSize(4);
  }
}
