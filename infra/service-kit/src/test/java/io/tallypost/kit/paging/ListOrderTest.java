package io.tallypost.kit.paging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.problems.FieldProblem;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListOrderTest {
  private static final Place<String> START = new Place<>(Instant.EPOCH, "");
  private static final ListOrder<String> ORDER = new ListOrder<>(START, Function.identity());
  private static final String AT = "2026-09-14T08:15:30.123456Z";

  private final FieldProblems problems = new FieldProblems();

  private Page<String> page(@Nullable String limit, @Nullable String cursor) {
    return ORDER.page(Optional.ofNullable(limit), Optional.ofNullable(cursor), problems);
  }

  private List<String> pointers() {
    return problems.toList().stream().map(FieldProblem::pointer).toList();
  }

  @Test
  void startsInFrontOfTheFirstRowWithFiftyRows() {
    assertThat(page(null, null)).isEqualTo(new Page<>(50, START));
    assertThat(problems.isEmpty()).isTrue();
  }

  @Test
  void theNextPageBeginsBehindTheLastRowShown() {
    Page<String> page = page("2", null);
    Paged<String> answer =
        page.of(
            List.of("a", "b c", "d"),
            row -> row + "!",
            row -> new Place<>(Instant.parse(AT), "id of " + row));

    assertThat(page.rows()).isEqualTo(3);
    assertThat(answer.items()).containsExactly("a!", "b c!");
    assertThat(page("200", answer.nextCursor()))
        .isEqualTo(new Page<>(200, new Place<>(Instant.parse(AT), "id of b c")));
    assertThat(problems.isEmpty()).isTrue();
  }

  @Test
  void theLastPageHasNoCursor() {
    Paged<String> answer =
        page("2", null).of(List.of("a", "b"), row -> row, row -> new Place<>(Instant.EPOCH, row));

    assertThat(answer).isEqualTo(new Paged<>(List.of("a", "b"), null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "201", "1000", "a", "1.5", " 5", "٣"})
  void namesALimitThatIsNone(String limit) {
    assertThat(page(limit, null).size()).isEqualTo(50);
    assertThat(pointers()).containsExactly("/limit");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "yesterday key",
        "2026-09-14T08:15:30Z",
        "2026-09-14T08:15:30Z a\0b",
        "1969-12-31T23:59:59Z key",
        "+10000-01-01T00:00:00Z key",
        "-1000000000-01-01T00:00:00Z key"
      })
  void namesACursorThatIsNone(String forged) {
    String cursor = Base64.getUrlEncoder().encodeToString(forged.getBytes(UTF_8));

    assertThat(page(null, cursor).after()).isEqualTo(START);
    assertThat(pointers()).containsExactly("/cursor");
  }

  @Test
  void namesBoth() {
    page("none", "!");

    assertThat(pointers()).containsExactly("/limit", "/cursor");
  }

  @ParameterizedTest
  @ValueSource(strings = {"key", "0-0-0-0", "38c1e7d2-4d3b-4d3b-8f5f-0123456789ab x"})
  void namesACursorWhoseIdIsNone(String id) {
    String cursor = Base64.getUrlEncoder().encodeToString((AT + " " + id).getBytes(UTF_8));
    var order = new ListOrder<>(new Place<>(Instant.EPOCH, new UUID(0, 0)), UUID::fromString);

    order.page(Optional.empty(), Optional.of(cursor), problems);

    assertThat(pointers()).containsExactly("/cursor");
  }
}
