package io.tallypost.mail;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Examples;
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
  void needsSmtpUtf8ForItsHeadersOnlyWhereAnAddressInOneDoes() {
    List<Mailbox> plain = mailboxes("bob@bücher.test", "\"a b\"@ok.test");
    List<Mailbox> outside = mailboxes("éva@ok.test");

    assertThat(mail(plain, plain, outside).headersNeedSmtpUtf8()).isFalse();
    assertThat(mail(outside, plain, plain).headersNeedSmtpUtf8()).isTrue();
    assertThat(mail(plain, outside, plain).headersNeedSmtpUtf8()).isTrue();
    assertThat(mail(outside.getFirst(), List.of()).headersNeedSmtpUtf8()).isTrue();
    assertThat(mail(plain.getFirst(), outside).headersNeedSmtpUtf8()).isTrue();
    assertThat(mail(new Mailbox("Éva", plain.getFirst().address()), plain).headersNeedSmtpUtf8())
        .isFalse();
  }

  private static Mail mail(Mailbox from, List<Mailbox> replyTo) {
    return new Mail(
        from,
        mailboxes("x@ok.test"),
        List.of(),
        List.of(),
        replyTo,
        "東京",
        "",
        null,
        new TreeMap<>());
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
