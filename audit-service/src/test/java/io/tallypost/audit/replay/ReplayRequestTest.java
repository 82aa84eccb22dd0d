package io.tallypost.audit.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonBody;
import io.tallypost.kit.problems.FieldProblem;
import io.tallypost.kit.testing.DescribedFields;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be asked of a replay. */
class ReplayRequestTest {
  private static final String ID = "019aab3e-5c00-7000-8000-00000000000a";
  private static final int DEFAULT_RATE = 50;

  private final FieldProblems problems = new FieldProblems();

  @Test
  void asksForAllThatWaitsAtTheDefaultRate() {
    ReplayRequest request = read("{'filter': {}}");

    assertThat(problems.toList()).isEmpty();
    assertThat(request.filter().sql()).isEqualTo("true");
    assertThat(request.rate()).isEqualTo(DEFAULT_RATE);
    assertThat(request.relayId()).isNull();
    assertThat(request.dryRun()).isFalse();
  }

  @Test
  void countsALetterOnceHoweverOftenItIsNamed() {
    ReplayRequest request =
        read("{'ids': ['%s', '%s'], 'relay_id': 'second', 'dry_run': true}".formatted(ID, ID));

    assertThat(problems.toList()).isEmpty();
    assertThat(request.named()).isOne();
    assertThat(request.ids()).containsOnlyKeys("/ids/0", "/ids/1");
    assertThat(request.filter().params()).containsKey("ids");
    assertThat(request.relayId()).isEqualTo("second");
    assertThat(request.dryRun()).isTrue();
  }

  @Test
  void takesLettersOfTheRecipientsAlone() {
    ReplayRequest request =
        read("{'filter': {}, 'recipients': ['bob@example.org', 'bob@EXAMPLE.org']}");

    assertThat(problems.toList()).isEmpty();
    assertThat(request.recipients()).hasSize(1);
    assertThat(request.filter().params().get("recipients"))
        .isEqualTo(new String[] {"bob@example.org"});
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1000})
  void takesEveryRateThatThereIs(int rate) {
    assertThat(read("{'filter': {}, 'rate_per_second': %d}".formatted(rate)).rate())
        .isEqualTo(rate);
    assertThat(problems.toList()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{}                                                  | ~~",
        "{'filter': {}, 'ids': ['ID']}                       | ~~",
        "{'ids': []}                                         | /ids",
        "{'ids': ['one']}                                    | /ids/0 /ids",
        "{'ids': ['ID', 'one']}                              | /ids/1",
        "{'filter': {}, 'recipients': []}                    | /recipients",
        "{'filter': {}, 'recipients': ['bob']}               | /recipients/0 /recipients",
        "{'filter': {}, 'rate_per_second': 0}                | /rate_per_second",
        "{'filter': {}, 'rate_per_second': 1001}             | /rate_per_second",
        "{'filter': {}, 'rate_per_second': 4294967297}       | /rate_per_second",
        "{'filter': {}, 'relay_id': 'not an id'}             | /relay_id",
        "{'filter': {}, 'more': 1}                           | /more",
        "{'filter': {'more': 1}}                             | /filter/more",
        "{'filter': {'tenant': '', 'category': 'late'}}      | /filter/tenant /filter/category",
        "{'filter': {'smtp_code': 650, 'relay': ''}}         | /filter/relay /filter/smtp_code",
        "{'filter': {'recipient_domain': '@'}}               | /filter/recipient_domain",
        "{'filter': {'since': 'noon', 'until': '1999-01-01T00:00:00Z'}} | /filter/since /filter/until",
      })
  void namesAllThatIsWrong(String json, String pointers) {
    read(json.replace("ID", ID));

    assertThat(problems.toList())
        .extracting(FieldProblem::pointer)
        .containsExactly(pointers.split(" "));
  }

  @Test
  void takesAThousandIdsAndNoMore() {
    read("{'ids': [%s]}".formatted(ids(1000)));
    assertThat(problems.toList()).isEmpty();

    read("{'ids': [%s]}".formatted(ids(1001)));
    assertThat(problems.toList()).extracting(FieldProblem::pointer).containsExactly("/ids");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'tenant': 'acme'}                        | tenant | acme",
        "{'category': 'relay-config'}              | category | relay-config",
        "{'relay': 'second'}                       | relay | second",
        "{'smtp_code': 550}                        | smtp_code | 550",
        "{'smtp_code': '550'}                      | smtp_code | 550",
        "{'recipient_domain': 'EXAMPLE.org'}       | recipient_domain | example.org",
        "{'since': '2026-11-22T12:00:00Z'}         | since | 2026-11-22T12:00Z",
      })
  void filtersByWhatWasAsked(String filter, String parameter, String value) {
    ReplayRequest request = read("{'filter': %s}".formatted(filter));

    assertThat(problems.toList()).isEmpty();
    assertThat(request.filter().params()).containsOnlyKeys(parameter);
    assertThat(request.filter().params().get(parameter)).hasToString(value);
    assertThat(request.filter().sql()).contains(":" + parameter);
  }

  @Test
  void takesTheFieldsThatTheDescriptionTells() {
    DescribedFields.assertTakenInBody(
        "POST /api/v1/admin/replays",
        body -> ReplayRequest.read(body, DEFAULT_RATE, body.problems()));
  }

  private ReplayRequest read(String json) {
    var body = JsonBody.read(json.replace('\'', '"').getBytes(UTF_8), problems);
    return ReplayRequest.read(body, DEFAULT_RATE, problems);
  }

  private static String ids(int count) {
    return IntStream.range(0, count).mapToObj(n -> "'" + ID + "'").collect(Collectors.joining(","));
  }
}
