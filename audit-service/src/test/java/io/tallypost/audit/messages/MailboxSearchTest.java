package io.tallypost.audit.messages;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.audit.log.Wire;
import io.tallypost.audit.operator.QueryFields;
import io.tallypost.audit.timeline.Fact;
import io.tallypost.events.EventContext;
import io.tallypost.events.Examples;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.Scope;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.callers.Credential;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Mode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.util.MultiValueMap;

/** What is stored of a mailbox is what a search for any of its spellings looks for. */
class MailboxSearchTest {
  static final Caller CALLER =
      new Caller(
          new ApiKeyState(
              EventContext.VERSION,
              1,
              Examples.ACME_KEY,
              Examples.ACME,
              "acme",
              Mode.LIVE,
              Set.of(Scope.READ),
              List.of(),
              true,
              List.of(),
              null),
          new Credential(new ApiKeySecret("hash", null), "192.0.2.1"));

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      textBlock =
          """
          bob@example.org       | "b\\ob"@EXAMPLE.org
          "a..b"@docomo.test    | "a.\\.b"@docomo.test
          "john doe"@ok.test    | "john\\ doe"@ok.test
          jan@faß.test          | jan@XN--FA-HIA.test
          用户@例子.广告        | "用户"@xn--fsqu00a.xn--4rr70v
          éva@ok.test           | e\u0301va@ok.test
          """)
  void findsAMailboxByEachOfItsSpellings(String sent, String asked) {
    var request =
        Examples.sendRequested(
            Examples.MESSAGE_ID,
            Examples.SUBMISSION_ID,
            Examples.mailTo(new EmailAddress(sent)),
            1000);
    var problems = new FieldProblems();
    var filter =
        MessageFilter.read(
            QueryFields.of(MultiValueMap.fromSingleValue(Map.of("recipient", asked)), problems),
            CALLER);

    assertThat(problems.toList()).isEmpty();
    assertThat(Wire.entry(request, 0).fact())
        .isInstanceOfSatisfying(
            Fact.Requested.class,
            stored ->
                assertThat(stored.recipients())
                    .extracting(Fact.Recipient::address)
                    .containsExactly((String) filter.params().get("recipient")));
  }
}
