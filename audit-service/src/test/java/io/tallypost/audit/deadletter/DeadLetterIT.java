package io.tallypost.audit.deadletter;

import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.audit.log.Wire;
import io.tallypost.audit.operator.NewestFirst;
import io.tallypost.audit.operator.Operator;
import io.tallypost.audit.operator.OperatorIT;
import io.tallypost.audit.operator.PostgresFault;
import io.tallypost.audit.operator.QueryFields;
import io.tallypost.events.DeadLetter.Category;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.keys.Scope;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.mail.EmailAddress;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.util.LinkedMultiValueMap;
import tools.jackson.databind.JsonNode;

/** Dead letters as an operator finds and discards them. */
class DeadLetterIT extends OperatorIT {
  @Autowired private ApplicationContext context;
  @Autowired private Letters letters;
  private Operator operator;

  @BeforeEach
  void operator() {
    operator = Operator.of(context);
  }

  @Test
  void findsLettersByWhatIsKnownOfThem() {
    SendRequested refused = operator.dead(Category.PERMANENT, 550, BOB);
    SendRequested late = operator.dead(Category.EXHAUSTED, 451, CAROL);
    String ours = "tenant=" + operator.tenant();

    assertThat(operator.letterIds(ours)).hasSize(2);
    assertThat(operator.messages(ours + "&category=permanent"))
        .containsExactly(refused.messageId().toString());
    assertThat(operator.messages(ours + "&smtp_code=451"))
        .containsExactly(late.messageId().toString());
    assertThat(operator.messages(ours + "&recipient_domain=" + BOB.domain()))
        .containsExactly(refused.messageId().toString());
    assertThat(operator.letterIds(ours + "&relay=default")).hasSize(2);
    assertThat(operator.letterIds(ours + "&relay=another")).isEmpty();
    assertThat(operator.letterIds(ours + "&state=waiting&since=2020-01-01T00:00:00Z")).hasSize(2);
    assertThat(operator.letterIds(ours + "&until=2020-01-01T00:00:00Z")).isEmpty();
    assertThat(operator.letterIds(ours + "&state=replayed")).isEmpty();
  }

  @Test
  void readsNoRepeatsOfAMailWhoseLetterItLooksFor() {
    SendRequested refused = operator.dead(Category.PERMANENT, 550, BOB);
    operator.upstream().repeat(refused, 300);
    operator.awaitEvents(refused, 3 + 2 * 300);
    // What is not found has been looked for among all events.
    for (var filter : Map.of("smtp_code", "451", "relay", "none").entrySet()) {
      var fields = new LinkedMultiValueMap<String, String>();
      fields.add("tenant", operator.tenant().value());
      fields.add(filter.getKey(), filter.getValue());
      var problems = new FieldProblems();
      var object = QueryFields.of(fields, problems);
      LetterFilter byOutcome = LetterFilter.read(object);
      var page = NewestFirst.page(object);

      long read =
          operator.timelineRowsReadBy(() -> assertThat(letters.page(byOutcome, page)).isEmpty());

      assertThat(read).as(filter.getKey()).isLessThan(50);
    }
    assertThat(operator.letterIds("smtp_code=550&tenant=" + operator.tenant())).hasSize(1);
  }

  @Test
  void findsLettersByTheDomainThatMailGoesTo() {
    SendRequested quoted =
        operator.dead(
            Category.PERMANENT, 550, new EmailAddress("\"a@elsewhere.example@b\"@faß.example"));
    String domain = "tenant=" + operator.tenant() + "&recipient_domain=";

    for (String written : List.of("xn--fa-hia.example", "XN--FA-HIA.Example", "Fa%C3%9F.example")) {
      assertThat(operator.messages(domain + written))
          .containsExactly(quoted.messageId().toString());
    }
    assertThat(operator.letterIds(domain + "elsewhere.example")).isEmpty();
  }

  @Test
  void showsEachLetterOnceOverItsPages() {
    for (int i = 0; i < 5; i++) {
      operator.dead(Category.PERMANENT, 550, BOB);
    }
    List<String> seen = new ArrayList<>();
    String cursor = "";
    do {
      var page =
          operator.get(
              "/api/v1/admin/dead-letters?tenant=" + operator.tenant() + "&limit=2" + cursor);
      page.path("items").forEach(item -> seen.add(item.path("id").asString()));
      cursor = page.has("next_cursor") ? "&cursor=" + page.path("next_cursor").asString() : "";
    } while (!cursor.isEmpty());

    assertThat(seen).hasSize(5).doesNotHaveDuplicates();
  }

  @Test
  void namesAllThatIsWrongWithAQuery() {
    var answer =
        operator.call(
            "GET",
            "/api/v1/admin/dead-letters?category=bad&smtp_code=1&since=noon&tennant=x&limit=0&cursor=%00",
            null);

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body())
        .contains("/category", "/smtp_code", "/since", "/tennant", "/limit", "/cursor");
  }

  @Test
  void showsTheMailOnlyToThoseWhoMayReadBodies() {
    SendRequested request = operator.dead(Category.PERMANENT, 550, BOB);
    String path = "/api/v1/admin/dead-letters/" + operator.letterOf(request);

    JsonNode letter = operator.get(path);
    JsonNode withBody = operator.as(Scope.OPERATOR, Scope.READ_BODY).get(path);

    assertThat(letter.path("reason").asString()).isNotBlank();
    assertThat(letter.path("attempts").asInt()).isEqualTo(1);
    assertThat(letter.path("trace_id").asString()).isEqualTo(Wire.TRACE_ID);
    assertThat(letter.path("source").path("topic").asString()).isEqualTo(Topics.APPROVED);
    assertThat(letter.path("recipients").path(0).asString()).isEqualTo(BOB.value());
    assertThat(letter.path("headers").toString()).contains(RecordHeaders.TRACEPARENT);
    assertThat(letter.path("history").size()).isEqualTo(1);
    assertThat(letter.toString()).doesNotContain(request.mail().subject());
    assertThat(withBody.path("body").path("subject").asString())
        .isEqualTo(request.mail().subject());
    assertThat(operator.adminLog(operator.letterOf(request))).contains("dead_letter.body_read");
  }

  @Test
  void discardsALetterOnceAndTellsTheTopic() {
    SendRequested request = operator.dead(Category.PERMANENT, 550, BOB);
    String id = operator.letterOf(request);
    String path = "/api/v1/admin/dead-letters/" + id;

    assertThat(operator.call("POST", path + "/discard", "{\"why\":1}").body())
        .contains("/reason", "/why");
    var discarded = operator.call("POST", path + "/discard", "{\"reason\":\"obsolete\"}");
    var again = operator.call("POST", path + "/discard", "{\"reason\":\"obsolete\"}");

    assertThat(discarded.statusCode()).isEqualTo(200);
    assertThat(again.statusCode()).isEqualTo(409);
    var letter = operator.get(path);
    assertThat(letter.path("state").asString()).isEqualTo("discarded");
    assertThat(letter.path("discard_reason").asString()).isEqualTo("obsolete");
    assertThat(operator.adminLog(id))
        .containsOnlyOnce("dead_letter.discarded")
        .containsOnly("dead_letter.discarded", "dead_letter.read");
    await().until(() -> operator.timeline(request).contains("discarded"));
    assertThat(operator.message(request).path("status").asString()).isEqualTo("failed");
  }

  /** Kafka has committed by then, so the letter is discarded, and the log must tell of it. */
  @Test
  void saysThatALetterIsDiscardedThoughPostgresLostTheCommit() {
    SendRequested request = operator.dead(Category.PERMANENT, 550, BOB);
    String id = operator.letterOf(request);
    String path = "/api/v1/admin/dead-letters/" + id;

    HttpResponse<String> discarded;
    try (var _ = PostgresFault.losesTheNextCommitAbout(operator.jdbc(), id)) {
      discarded = operator.call("POST", path + "/discard", "{\"reason\":\"obsolete\"}");
      await().until(() -> !operator.adminLog(id).isEmpty());
    }

    assertThat(discarded.statusCode()).as(discarded.body()).isEqualTo(200);
    assertThat(discarded.body())
        .contains("\"state\":\"discarded\"", "\"discard_reason\":\"obsolete\"");
    assertThat(operator.adminLog(id)).containsExactly("dead_letter.discarded");
    await().until(() -> operator.get(path).path("state").asString().equals("discarded"));
    JsonNode entry =
        operator.get("/api/v1/admin/log?action=dead_letter.discarded&subject=" + id).path("items");
    assertThat(entry.size()).isEqualTo(1);
    assertThat(entry.path(0).path("client").asString()).isEqualTo("127.0.0.1");
    assertThat(entry.path(0).path("detail").asString()).isEqualTo("obsolete");
  }

  @Test
  void knowsNoOtherIds() {
    assertThat(operator.call("GET", "/api/v1/admin/dead-letters/1", null).statusCode())
        .isEqualTo(404);
    assertThat(
            operator
                .call(
                    "POST",
                    "/api/v1/admin/dead-letters/00000000-0000-0000-0000-000000000001/discard",
                    "{}")
                .statusCode())
        .isEqualTo(404);
  }
}
