package io.tallypost.audit.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.problems.FieldProblem;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.util.MultiValueMap;

/** A query's parameters mean the same to all who read them. */
class QueryFieldsTest {
  private final FieldProblems problems = new FieldProblems();

  @ParameterizedTest
  @CsvSource({"'', acme", "acme, ''", "acme, acme", "acme, globex", "'', ''"})
  void refusesARepeatedParameterWhateverItsValues(String first, String second) {
    QueryFields.of(
        MultiValueMap.fromMultiValue(Map.of("tenant", List.of(first, second))), problems);

    assertThat(problems.toList())
        .containsExactly(new FieldProblem("/tenant", "is there more than once"));
  }

  @Test
  void takesAnEmptyParameterForAnAbsentOne() {
    var fields =
        QueryFields.of(
            MultiValueMap.fromSingleValue(Map.of("tenant", "", "state", "waiting")), problems);

    assertThat(fields.text("tenant")).isEmpty();
    assertThat(fields.text("state")).contains("waiting");
    assertThat(problems.toList()).isEmpty();
  }

  @Test
  void pointsAtANameWithASlash() {
    QueryFields.of(MultiValueMap.fromMultiValue(Map.of("a/b~c", List.of("1", "2"))), problems);

    assertThat(problems.toList())
        .containsExactly(new FieldProblem("/a~1b~0c", "is there more than once"));
  }
}
