package io.tallypost.intake.send;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.keys.HeaderName;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonBody;
import io.tallypost.kit.problems.FieldProblem;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Lane;
import io.tallypost.mail.Mail;
import io.tallypost.mail.Mailbox;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SendBodyTest {
  private static final Mailbox NOREPLY = Mailbox.of(new EmailAddress("noreply@acme.example"));

  /** Reads a body; single quotes stand for double ones. */
  private static FieldProblems faultsOf(String json) {
    var problems = new FieldProblems();
    Optional<SendBody> body =
        SendBody.read(
            JsonBody.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), problems),
            Optional.of(NOREPLY),
            false,
            KeyRestrictions.NONE,
            problems);
    assertThat(body.isEmpty()).isEqualTo(!problems.isEmpty());
    return problems;
  }

  private static List<String> pointers(String json) {
    return faultsOf(json).toList().stream().map(FieldProblem::pointer).toList();
  }

  private static Mail mail(String json) {
    return body(json).mail();
  }

  private static SendBody body(String json) {
    var problems = new FieldProblems();
    var object = JsonBody.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), problems);
    Optional<SendBody> body =
        SendBody.read(object, Optional.of(NOREPLY), false, KeyRestrictions.NONE, problems);
    assertThat(problems.toList()).isEmpty();
    return body.orElseThrow();
  }

  /** A good mail with these fields added, or put in the place of its own. */
  private static String mailWith(String field, String value) {
    return Stream.of("'to': 'bob@example.org'", "'subject': 'Hi'", "'text': 'Hello'")
        .filter(given -> !given.startsWith("'" + field + "'"))
        .collect(Collectors.joining(", ", "{", ", '" + field + "': " + value + "}"));
  }

  @Test
  void takesTheSmallestMail() {
    Mail mail = mail("{'to': 'bob@example.org', 'subject': 'Hi', 'text': 'Hello'}");

    assertThat(mail.from()).isEqualTo(NOREPLY);
    assertThat(mail.to()).containsExactly(Mailbox.of(new EmailAddress("bob@example.org")));
    assertThat(mail.subject()).isEqualTo("Hi");
    assertThat(mail.text()).isEqualTo("Hello");
    assertThat(mail.html()).isNull();
  }

  @Test
  void takesEveryField() {
    SendBody body =
        body(
            """
            {'from': 'Alice <alice@acme.example>', 'to': ['bob@example.org', {'email': 'carol@example.net', 'name': 'Carol'}],
             'cc': {'email': 'dave@example.net'}, 'bcc': 'eve@example.net', 'reply_to': ['desk@acme.example'],
             'subject': '', 'text': '', 'html': '<p/>', 'headers': {'X-Foo': 'bar', 'List-Unsubscribe': '<https://a.example>'},
             'lane': 'bulk'}
            """);

    assertThat(body.lane()).isEqualTo(Lane.BULK);
    Mail mail = body.mail();
    assertThat(mail.from().name()).isEqualTo("Alice");
    assertThat(mail.to()).extracting(Mailbox::name).containsExactly(null, "Carol");
    assertThat(mail.cc()).hasSize(1);
    assertThat(mail.bcc()).hasSize(1);
    assertThat(mail.replyTo()).hasSize(1);
    assertThat(mail.text()).isEmpty();
    assertThat(mail.headers()).containsEntry("X-Foo", "bar").hasSize(2);
  }

  @Test
  void takesNullForAbsent() {
    Mail mail =
        mail(
            """
            {'from': null, 'to': 'bob@example.org', 'cc': null, 'bcc': null, 'reply_to': null, 'subject': 'Hi',
             'text': 'Hello', 'html': null, 'headers': null, 'lane': null}
            """);

    assertThat(mail.cc()).isEmpty();
    assertThat(mail.html()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          bob@example.org                          |                 | bob@example.org
          <bob@example.org>                        |                 | bob@example.org
          Bob <bob@example.org>                    | Bob             | bob@example.org
          Bob B. (Sales) <bob@Example.ORG>         | Bob B. (Sales)  | bob@example.org
          \\"Doe, John\\" <john@example.org>       | Doe, John       | john@example.org
          \\"J \\\\\\"Q\\\\\\" D\\" <j@example.org> | J "Q" D        | j@example.org
          \\"a@b.example\\" <j@example.org>        | a@b.example     | j@example.org
          \\"<\\" <j@example.org>                  | <               | j@example.org
          \\"\\" <j@example.org>                   |                 | j@example.org
          Ċč Ⴀ 東京 <j@example.org>                | Ċč Ⴀ 東京       | j@example.org
          j@bücher.example                         |                 | j@xn--bcher-kva.example
          """)
  void readsAddressesAsPeopleWriteThem(String written, String name, String address) {
    Mailbox mailbox = mail(mailWith("to", "'" + written + "'")).to().getFirst();

    assertThat(mailbox.name()).isEqualTo(name);
    assertThat(mailbox.address().value()).isEqualTo(address);
  }

  static Stream<List<String>> badBodies() {
    return Stream.of(
        List.of("{'subject': 'Hi', 'text': 'x'}", "/to"),
        List.of("{'to': [], 'cc': null, 'subject': 'Hi', 'text': 'x'}", "/to"),
        List.of("{'to': 'bob@example.org', 'text': 'x'}", "/subject"),
        List.of("{'to': 'bob@example.org', 'subject': null, 'text': 'x'}", "/subject"),
        List.of("{'to': 'bob@example.org', 'subject': 'Hi'}", "/text"),
        List.of("{'to': 'bob@example.org', 'subject': 'Hi', 'text': null, 'html': null}", "/text"),
        List.of("{}", "/to", "/subject", "/text"),
        List.of(mailWith("to", "'bob'"), "/to"),
        List.of(mailWith("to", "''"), "/to"),
        List.of(mailWith("to", "'bob@'"), "/to"),
        List.of(mailWith("to", "'@example.org'"), "/to"),
        List.of(mailWith("to", "'a b@example.org'"), "/to"),
        List.of(mailWith("to", "'a@exa mple.org'"), "/to"),
        List.of(mailWith("to", "'a@example.org, b@example.org'"), "/to"),
        List.of(mailWith("to", "'a@example.org, Bob <b@example.org>'"), "/to"),
        List.of(mailWith("to", "'Bob <b@example.org'"), "/to"),
        List.of(mailWith("to", "'Bob b@example.org>'"), "/to"),
        List.of(mailWith("to", "'\\\"Bob <b@example.org>'"), "/to"),
        List.of(mailWith("to", "'\\\"Bob\\\" x <b@example.org>'"), "/to"),
        List.of(mailWith("to", "'" + "a".repeat(70) + "@example.org'"), "/to"),
        List.of(mailWith("to", "'a@" + "a.".repeat(150) + "org'"), "/to"),
        List.of(mailWith("to", "['bob@example.org', 'nobody', 7]"), "/to/1", "/to/2"),
        List.of(mailWith("to", "[null]"), "/to/0"),
        List.of(mailWith("to", "[['bob@example.org']]"), "/to/0"),
        List.of(
            mailWith("to", "[{'email': 'x', 'name': 5, 'nick': 'y'}]"),
            "/to/0/name",
            "/to/0/nick",
            "/to/0/email"),
        List.of(mailWith("to", "{'name': 'Bob'}"), "/to/email"),
        List.of(mailWith("to", "{'email': 'Bob <b@example.org>'}"), "/to/email"),
        List.of(mailWith("to", "true"), "/to"),
        List.of(mailWith("from", "['a@acme.example']"), "/from"),
        List.of(mailWith("from", "'nobody'"), "/from"),
        List.of(mailWith("cc", "'nobody'"), "/cc"),
        List.of(mailWith("bcc", "['nobody']"), "/bcc/0"),
        List.of(mailWith("reply_to", "{'email': 1}"), "/reply_to/email"),
        List.of(mailWith("subject", "5"), "/subject"),
        List.of(mailWith("subject", "'" + "x".repeat(999) + "'"), "/subject"),
        List.of(mailWith("text", "5"), "/text"),
        List.of(mailWith("html", "['x']"), "/html"),
        List.of(mailWith("text", "'a\\u0000b'"), "/text"),
        List.of(mailWith("html", "'a\\ud800b'"), "/html"),
        List.of(mailWith("text", "'a\\udc00'"), "/text"),
        List.of(mailWith("subject", "'a\\ud83d'"), "/subject"),
        List.of(mailWith("headers", "'X-Foo: bar'"), "/headers"),
        List.of(mailWith("headers", "{'X-Foo': 1}"), "/headers/X-Foo"),
        List.of(
            mailWith("headers", "{'X Foo': 'a', 'X~a/b': 'c'}"),
            "/headers/X Foo",
            "/headers/X~0a~1b"),
        List.of(
            mailWith(
                "headers",
                "{'Subject': 'a', 'bcc': 'b@example.org', 'Content-Type': 'x/y', 'DKIM-Signature': 'v'}"),
            "/headers/Subject",
            "/headers/bcc",
            "/headers/Content-Type",
            "/headers/DKIM-Signature"),
        List.of(mailWith("headers", "{'X-A': '1', 'x-a': '2'}"), "/headers/x-a"),
        List.of(mailWith("headers", "{'': 'a'}"), "/headers/"),
        List.of(mailWith("headers", "{'X-Long': '" + "x".repeat(901) + "'}"), "/headers/X-Long"),
        List.of(mailWith("lane", "'express'"), "/lane"),
        List.of(mailWith("lane", "1"), "/lane"),
        List.of(mailWith("unknown", "1"), "/unknown"),
        List.of(mailWith("Subject", "'x'"), "/Subject"),
        List.of(mailWith("attachments", "[]"), "/attachments"),
        List.of(
            "{'to': 'x', 'subject': 7, 'nope': 1, 'headers': {'From': 'a'}}",
            "/to",
            "/subject",
            "/text",
            "/headers/From",
            "/nope"));
  }

  @ParameterizedTest
  @MethodSource("badBodies")
  void namesAllThatIsWrong(List<String> bodyAndPointers) {
    assertThat(pointers(bodyAndPointers.getFirst()))
        .containsExactlyElementsOf(bodyAndPointers.subList(1, bodyAndPointers.size()));
  }

  /** Escapes of JSON, so that what is tested is what arrives. */
  static Stream<String> injections() {
    return Stream.of(
        "\\r\\nBcc: eve@example.net",
        "\\n",
        "\\r",
        "\\u0000",
        "\\u001b",
        "\\u007f",
        "\\u0085",
        "\\u009f",
        "\\u2028",
        "\\u2029",
        "\\ud800");
  }

  /** Around an address a tab is a blank; within one, or in a name, it is a control. */
  @Test
  void takesATabAroundAnAddressOnly() {
    String bob = "\\tbob@example.org \\t";
    for (String form :
        List.of(
            "'" + bob + "'",
            "'<" + bob + ">'",
            "'Bob\\t<" + bob + ">\\t'",
            "{'email': '" + bob + "', 'name': 'Bob'}")) {
      assertThat(mail(mailWith("to", form)).recipients())
          .as(form)
          .containsExactly(new EmailAddress("bob@example.org"));
    }
    assertThat(pointers(mailWith("to", "'B\\tb <b@example.org>'"))).containsExactly("/to");
    assertThat(pointers(mailWith("to", "'b\\tb@example.org'"))).containsExactly("/to");
    assertThat(pointers(mailWith("to", "'\\\"b\\tb\\\"@example.org'"))).containsExactly("/to");
    assertThat(pointers(mailWith("to", "{'email': 'b@example.org', 'name': 'x\\t'}")))
        .containsExactly("/to/name");
    assertThat(pointers(mailWith("subject", "'Hi\\t'"))).containsExactly("/subject");
    assertThat(pointers(mailWith("headers", "{'X-Foo': 'a\\t'}")))
        .containsExactly("/headers/X-Foo");
  }

  @Test
  void takesOneMailboxOnceHoweverItIsSpelled() {
    Mail mail =
        mail(
            """
            {'to': ['Bob <bob@ok.test>', 'bob@OK.TEST', '\\"bob\\"@ok.test'], 'cc': ['bob@ok.test', 'bob@müller.test'],
             'bcc': ['bob@xn--mller-kva.test', {'email': 'bob@Müller.test', 'name': 'B'}, 'bob@XN--MLLER-KVA.test'],
             'subject': '', 'text': ''}
            """);

    assertThat(mail.recipients())
        .extracting(EmailAddress::value)
        .containsExactly("bob@ok.test", "bob@xn--mller-kva.test");
  }

  @Test
  void takesLocalPartsOutsideAsciiOnlyWhereTheyAreSetSo() {
    for (String field : List.of("from", "to", "cc", "bcc", "reply_to")) {
      for (String duck :
          List.of("'ėńtę@ok.test'", "'Ente <ėńtę@ok.test>'", "{'email': '\\\"ė ę\\\"@ok.test'}")) {
        String json = mailWith(field, duck);
        assertThat(pointers(json))
            .containsExactly("/" + field + (duck.startsWith("{") ? "/email" : ""));
        assertThat(faultsOf(json).toList().getFirst().detail())
            .contains("left of the @", "tallypost.intake.smtputf8");

        var problems = new FieldProblems();
        var object =
            JsonBody.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), problems);
        assertThat(
                SendBody.read(object, Optional.of(NOREPLY), true, KeyRestrictions.NONE, problems))
            .isPresent();
        assertThat(problems.toList()).isEmpty();
      }
    }
  }

  @Test
  void refusesADefaultAuthorThatWasSetWhileMoreWasTaken() {
    var duck = Mailbox.of(new EmailAddress("ėńtę@ok.test"));
    byte[] json = mailWith("cc", "null").replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    var problems = new FieldProblems();

    assertThat(
            SendBody.read(
                JsonBody.read(json, problems),
                Optional.of(duck),
                false,
                KeyRestrictions.NONE,
                problems))
        .isEmpty();
    assertThat(problems.toList()).extracting(FieldProblem::pointer).containsExactly("/from");
    assertThat(
            SendBody.read(
                JsonBody.read(json, problems),
                Optional.of(duck),
                true,
                KeyRestrictions.NONE,
                new FieldProblems()))
        .isPresent();
  }

  @Test
  void takesHeadersThatCanBeFolded() {
    String references =
        "<0123456789abcdef0123456789abcdef@mail.thread.example.com> ".repeat(120).strip();
    assertThat(mail(mailWith("headers", "{'References': '" + references + "'}")).headers())
        .containsEntry("References", references);
    assertThat(
            mail(mailWith("headers", "{'X-A': '" + "w".repeat(900) + " " + "w".repeat(899) + "'}"))
                .headers())
        .hasSize(1);
    assertThat(mail(mailWith("headers", "{'X-A': '" + "語".repeat(8192) + "'}")).headers())
        .hasSize(1);
    for (String value :
        List.of(
            "x".repeat(901),
            "a " + "x".repeat(900),
            "x".repeat(450) + "\\\\ " + "x".repeat(450),
            "a" + " ".repeat(900) + "b",
            "a".repeat(890) + " ".repeat(11),
            "語".repeat(8193),
            "ab ".repeat(2731))) {
      assertThat(pointers(mailWith("headers", "{'X-A': '" + value + "'}")))
          .containsExactly("/headers/X-A");
    }
  }

  @Test
  void refusesHeadersThatAreTooMuchTogether() {
    assertThat(pointers(mailWith("headers", headers(12, 8_192)))).isEmpty();
    assertThat(pointers(mailWith("headers", headers(13, 8_192)))).containsExactly("/headers");
    assertThat(pointers(mailWith("headers", headers(100, 900)))).isEmpty();
  }

  private static String headers(int count, int length) {
    return IntStream.range(0, count)
        .mapToObj(i -> "'X-%02d': '%s'".formatted(i, "w ".repeat(length / 2)))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  @ParameterizedTest
  @MethodSource("injections")
  void refusesControlsInWhateverEndsInAHeaderOrCommand(String injected) {
    for (String field : List.of("from", "to", "cc", "bcc", "reply_to")) {
      assertThat(pointers(mailWith(field, "'Bob" + injected + " <b@example.org>'")))
          .containsExactly("/" + field);
      assertThat(pointers(mailWith(field, "'b@example.org" + injected + "'")))
          .containsExactly("/" + field);
      assertThat(
              pointers(mailWith(field, "{'email': 'b@example.org', 'name': 'x" + injected + "'}")))
          .containsExactly("/" + field + "/name");
      assertThat(pointers(mailWith(field, "{'email': 'b@example.org" + injected + "'}")))
          .containsExactly("/" + field + "/email");
    }
    assertThat(pointers(mailWith("subject", "'Hi" + injected + "'"))).containsExactly("/subject");
    assertThat(pointers(mailWith("headers", "{'X-Foo': 'a" + injected + "'}")))
        .containsExactly("/headers/X-Foo");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\\r\\nBcc: eve@example.net",
        "\\n",
        "\\u0000",
        "\\u0085",
        "\\u2028",
        "Ċ",
        "é",
        ":",
        " "
      })
  void refusesAllButLettersDigitsAndHyphensInAHeadersName(String injected) {
    assertThat(faultsOf(mailWith("headers", "{'X-Foo" + injected + "': 'a'}")).toList()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u010a", "\u010d", "\u0a0d", "東京", "😀", "مرحبا"})
  void takesLettersWhoseLowByteIsAControl(String letter) {
    Mail mail =
        mail(
            """
            {'to': '%1$s <b@example.org>', 'subject': '%1$s', 'text': '%1$s', 'headers': {'X-Foo': '%1$s'}}
            """
                .formatted(letter));

    assertThat(mail.to().getFirst().name()).isEqualTo(letter);
    assertThat(mail.subject()).isEqualTo(letter);
    assertThat(mail.headers()).containsEntry("X-Foo", letter);
  }

  @Test
  void takesEveryCharacterButNulInABody() {
    String text = "a\\r\\n.\\r\\n\\t\\u0001\\u001a\\u007f\\u0085\\u2028" + "x".repeat(100_000);

    assertThat(mail(mailWith("text", "'" + text + "'")).text()).hasSize(100_012);
  }

  @Test
  void takesFiftyRecipientsAndRefusesMore() {
    assertThat(pointers(mailWith("to", recipients(50)))).isEmpty();
    assertThat(pointers(mailWith("to", recipients(51)))).containsExactly("/to");
    assertThat(
            pointers(
                "{'to': %s, 'cc': %s, 'bcc': 'x@example.org', 'subject': '', 'text': ''}"
                    .formatted(recipients(25), recipients(25))))
        .containsExactly("/to");
  }

  @Test
  void doesNotLookAtEachOfFarTooManyRecipients() {
    String far = recipients(150).replace("r120@", "r120 ");
    String near = recipients(150).replace("r20@", "r20 ");

    assertThat(pointers(mailWith("to", far))).containsExactly("/to");
    assertThat(pointers(mailWith("to", near))).containsExactly("/to/20", "/to");
  }

  private static String recipients(int count) {
    return IntStream.range(0, count)
        .mapToObj("'r%d@example.org'"::formatted)
        .collect(Collectors.joining(", ", "[", "]"));
  }

  @Test
  void takesASubjectOf998Characters() {
    assertThat(mail(mailWith("subject", "'" + "é".repeat(998) + "'")).subject()).hasSize(998);
  }

  @Test
  void asksForAnAuthorWhereNobodyHasADefault() {
    var problems = new FieldProblems();
    var object =
        JsonBody.read(
            mailWith("cc", "null").replace('\'', '"').getBytes(StandardCharsets.UTF_8), problems);

    assertThat(SendBody.read(object, Optional.empty(), false, KeyRestrictions.NONE, problems))
        .isEmpty();
    assertThat(problems.toList()).extracting(FieldProblem::pointer).containsExactly("/from");
  }

  @Test
  void listsAHundredFaultsAndSaysThatThereAreMore() {
    String bad = "['x'" + ", 'x'".repeat(5_000) + "]";

    assertThat(faultsOf(mailWith("to", bad)).toList()).hasSize(101);
  }

  @Test
  void neverRepeatsAnAddress() {
    assertThat(faultsOf(mailWith("to", "'secret.person@exa mple.org'")).toList())
        .allSatisfy(fault -> assertThat(fault.detail()).doesNotContain("secret"));
  }

  @Test
  void readsHugeHostileAddressesInNoTime() {
    assertThat(pointers(mailWith("to", "'" + "a.".repeat(200_000) + "@example.org'")))
        .containsExactly("/to");
    assertThat(pointers(mailWith("to", "'a@" + "ü".repeat(200_000) + "'"))).containsExactly("/to");
    assertThat(pointers(mailWith("to", "'\\\"" + "\\\\\\\\".repeat(100_000) + "'")))
        .containsExactly("/to");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "{\"a\": 1,}",
        "{'a': 1}",
        "{\"a\": 1} x",
        "{} {}",
        "nul",
        "{\"a\": NaN}",
        "{\"a\": 01}",
        "{\"to\": \"a@b.org\", \"to\": \"c@d.org\"}",
        "{\"headers\": {\"X\": \"1\", \"X\": \"2\"}}",
        "{\"a\": \"\n\"}"
      })
  void refusesWhatIsNotJson(String json) {
    assertThatThrownBy(
            () -> JsonBody.read(json.getBytes(StandardCharsets.UTF_8), new FieldProblems()))
        .isInstanceOf(ProblemException.class)
        .satisfies(e -> assertThat(e.getMessage()).startsWith("The ").doesNotContain("jackson"));
  }

  @Test
  void saysWhereTheJsonBreaks() {
    assertThatThrownBy(() ->
            JsonBody.read("{\n  \"a\": x}".getBytes(StandardCharsets.UTF_8), new FieldProblems()))
        .hasMessageContaining("line 2, column");
  }

  @Test
  void refusesInvalidUtf8AndBottomlessNesting() {
    assertThatThrownBy(() ->
            JsonBody.read(
                "{\"a\": \"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1), new FieldProblems()))
        .isInstanceOf(ProblemException.class);
    assertThatThrownBy(() ->
            JsonBody.read(
                "[".repeat(100_000).getBytes(StandardCharsets.UTF_8), new FieldProblems()))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("nested");
  }

  @Test
  void takesSixteenLevelsAndTwentyThousandNamesValuesAndBracketsToTheOne() {
    assertThatCode(() -> read(nested(16))).doesNotThrowAnyException();
    assertThatThrownBy(() -> read(nested(17))).hasMessageContaining("nested too deeply");
    assertThatCode(() -> read(values(19_995))).doesNotThrowAnyException();
    assertThatThrownBy(() -> read(values(19_996))).hasMessageContaining("too many values");
  }

  private static void read(String json) {
    JsonBody.read(json.getBytes(StandardCharsets.UTF_8), new FieldProblems());
  }

  /** The object is the first level. */
  private static String nested(int levels) {
    return "{\"a\":" + "[".repeat(levels - 1) + "]".repeat(levels - 1) + "}";
  }

  /** Beside them a name and four brackets. */
  private static String values(int count) {
    return "{\"a\":[1" + ",1".repeat(count - 1) + "]}";
  }

  @Test
  void refusesMoreValuesThanAnyMailHas() {
    String objects = "{\"to\": [{}" + ",{}".repeat(20_000) + "]}";
    assertThatThrownBy(
            () -> JsonBody.read(objects.getBytes(StandardCharsets.UTF_8), new FieldProblems()))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("too many values");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "\"x\"", "5", "null", "true"})
  void refusesJsonThatIsNoObject(String json) {
    assertThatThrownBy(
            () -> JsonBody.read(json.getBytes(StandardCharsets.UTF_8), new FieldProblems()))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("errors");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-SMTPAPI",
        "x-smtpapi",
        "X-MC-BccAddress",
        "X-MC-Subaccount",
        "X-MSYS-API",
        "X-Sparkpost-Options",
        "X-Binding",
        "X-SES-CONFIGURATION-SET",
        "x-ses-source-arn",
        "X-Mailgun-Recipient-Variables",
        "X-PM-Message-Stream",
        "X-Postmark-Message-Stream",
        "X-Mailjet-Campaign",
        "X-MJ-TemplateErrorReporting",
        "X-Sib-Sandbox",
        "X-Mailin-IP",
        "X-MT-Category",
        "X-ElasticEmail-Pool",
        "X-xsMailingId",
        "X-AliDM-Settings",
        "X-AuthUser",
        "X-Virtual-MTA",
        "X-Campaign",
        "X-Tenant",
        "X-MS-Exchange-Organization-SCL",
        "Resend-Idempotency-Key",
        "X-Tallypost-Trace",
        "X-TALLYPOST-Tenant"
      })
  void refusesHeadersWithOrdersToRelaysAndNamesTheList(String name) {
    FieldProblems problems = faultsOf(mailWith("headers", "{'%s': 'x'}".formatted(name)));

    assertThat(problems.toList())
        .singleElement()
        .satisfies(fault -> {
          assertThat(fault.pointer()).isEqualTo("/headers/" + name);
          assertThat(fault.detail()).contains("allowed_headers", RelayHeaders.names());
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Order",
        "X-Mailer",
        "X-Priority",
        "X-Entity-Ref-ID",
        "X-Smtp",
        "X-Message",
        "X-Campaign-Name",
        "X-Jobs",
        "X-MCA",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Feedback-ID",
        "Auto-Submitted",
        "References",
        "Disposition-Notification-To"
      })
  void takesHeadersThatOnlyReadersLookAt(String name) {
    assertThat(pointers(mailWith("headers", "{'%s': 'x'}".formatted(name)))).isEmpty();
  }

  @Test
  void takesTheOrdersThatAKeyIsAllowedByNameAndNoOthers() {
    var key =
        new KeyRestrictions(
            null,
            List.of(),
            List.of(),
            List.of(),
            List.of(new HeaderName("X-MC-Tags"), new HeaderName("X-Tallypost-Trace")));
    var problems = new FieldProblems();
    var object =
        JsonBody.read(
            mailWith(
                    "headers",
                    "{'x-mc-tags': 'a', 'X-MC-BccAddress': 'b', 'X-Tallypost-Trace': 'c'}")
                .replace('\'', '"')
                .getBytes(StandardCharsets.UTF_8),
            problems);

    assertThat(SendBody.read(object, Optional.of(NOREPLY), false, key, problems)).isEmpty();
    assertThat(problems.toList())
        .extracting(FieldProblem::pointer)
        .containsExactly("/headers/X-MC-BccAddress", "/headers/X-Tallypost-Trace");
  }
}
