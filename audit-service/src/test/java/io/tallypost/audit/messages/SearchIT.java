package io.tallypost.audit.messages;

import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.audit.log.Wire;
import io.tallypost.audit.operator.Operator;
import io.tallypost.audit.operator.OperatorIT;
import io.tallypost.audit.operator.Upstream;
import io.tallypost.events.DeadLetter.Category;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.Scope;
import io.tallypost.kit.testing.ApiContract;
import io.tallypost.mail.Mode;
import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** Mail as those find it who do not have its id. */
class SearchIT extends OperatorIT {
  private static final String SEARCH = "/api/v1/messages?";

  @Autowired private ApplicationContext context;
  private final Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
  private Operator operator;
  private Upstream upstream;
  private String ours = "";

  @BeforeEach
  void operator() {
    operator = Operator.of(context);
    upstream = operator.upstream();
    ours = SEARCH + "tenant=" + operator.tenant();
  }

  @Test
  void findsMailByWhatIsRememberedOfIt() {
    SendRequested failed = operator.dead(Category.PERMANENT, 550, BOB);
    SendRequested toCarol = upstream.request(now.minusSeconds(7200), CAROL);
    posted(toCarol);
    upstream.deliver(toCarol, 0);
    await().until(() -> ids(ours + "&status=delivered").size() == 1);
    String subject = failed.mail().subject();
    String sender = encoded(failed.mail().from().address().value());

    assertThat(ids(ours)).containsExactly(id(failed), id(toCarol));
    assertThat(ids(ours + "&recipient=" + encoded(BOB.value()))).containsExactly(id(failed));
    assertThat(ids(ours + "&sender=" + sender)).hasSize(2);
    assertThat(ids(ours + "&sender=nobody@acme.example")).isEmpty();
    assertThat(ids(ours + "&subject=" + encoded(subject.substring(0, 3).toUpperCase(Locale.ROOT))))
        .hasSize(2);
    assertThat(ids(ours + "&subject=" + encoded(subject))).hasSize(2);
    assertThat(ids(ours + "&subject=" + encoded(subject + "x"))).isEmpty();
    assertThat(ids(ours + "&subject=%25")).isEmpty();
    assertThat(ids(ours + "&subject=_")).isEmpty();
    assertThat(ids(ours + "&status=failed")).containsExactly(id(failed));
    assertThat(ids(ours + "&status=queued")).isEmpty();
    assertThat(ids(ours + "&request_id=req-7")).hasSize(2);
    assertThat(ids(ours + "&request_id=req")).isEmpty();
    assertThat(ids(ours + "&since=" + now.minusSeconds(3600))).containsExactly(id(failed));
    assertThat(ids(ours + "&until=" + now.minusSeconds(3600))).containsExactly(id(toCarol));
    assertThat(ids(ours + "&until=" + toCarol.context().acceptedAt())).isEmpty();
    assertThat(ids(ours + "&since=" + toCarol.context().acceptedAt())).hasSize(2);
  }

  @Test
  void combinesAllFilters() {
    SendRequested mail = operator.dead(Category.PERMANENT, 550, BOB);
    String all =
        ours
            + "&recipient="
            + encoded(BOB.value())
            + "&sender="
            + encoded(mail.mail().from().address().value())
            + "&subject="
            + encoded(mail.mail().subject())
            + "&request_id=req-7&since="
            + now.minusSeconds(60)
            + "&until="
            + now.plusSeconds(3600);

    assertThat(ids(all + "&status=failed")).containsExactly(id(mail));
    assertThat(ids(all + "&status=delivered")).isEmpty();
  }

  @Test
  void comparesTheDomainWithoutItsCase() {
    SendRequested mail = operator.dead(Category.PERMANENT, 550, BOB);
    String shouted = BOB.value().replace(BOB.domain(), BOB.domain().toUpperCase(Locale.ROOT));

    assertThat(ids(ours + "&recipient=" + encoded(shouted))).containsExactly(id(mail));
  }

  @Test
  void showsWhatIsNeededToGoOn() {
    SendRequested mail = operator.dead(Category.PERMANENT, 550, BOB, CAROL);

    JsonNode item = operator.get(ours).path("items").path(0);

    assertThat(item.path("id").asString()).isEqualTo(id(mail));
    assertThat(item.path("internet_message_id").asString()).startsWith("<" + id(mail) + "@");
    assertThat(item.path("status").asString()).isEqualTo("failed");
    assertThat(item.path("subject").asString()).isEqualTo(mail.mail().subject());
    assertThat(item.path("from").asString()).contains(mail.mail().from().address().value());
    assertThat(item.path("trace_id").asString()).isEqualTo(Wire.TRACE_ID);
    assertThat(Instant.parse(item.path("accepted_at").asString()))
        .isEqualTo(mail.context().acceptedAt());
    assertThat(item.path("recipient_count").asInt()).isEqualTo(2);
    assertThat(item.path("recipients").path(0).path("address").asString()).isEqualTo(BOB.value());
    assertThat(item.path("recipients").path(0).path("kind").asString()).isEqualTo("to");
    assertThat(item.path("recipients").path(0).path("status").asString()).isEqualTo("failed");
    assertThat(item.path("links").path("self").asString()).endsWith("/api/v1/messages/" + id(mail));
  }

  @Test
  void showsEachMessageOnceOverItsPagesWhileOthersCome() {
    List<SendRequested> mails = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      // Over three days, and two at one time.
      mails.add(upstream.request(now.minus(Duration.ofHours(9L * (i / 2))), BOB));
    }
    mails.forEach(this::posted);
    await().until(() -> ids(ours).size() == 7);
    List<String> before = ids(ours);
    List<String> seen = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page = operator.get(ours + "&limit=2" + cursor);
      page.path("items").forEach(item -> seen.add(item.path("id").asString()));
      SendRequested newer = upstream.request(now.plusSeconds(1), CAROL);
      posted(newer);
      await().until(() -> ids(ours).contains(id(newer)));
      cursor = page.has("next_cursor") ? "&cursor=" + page.path("next_cursor").asString() : "";
    } while (!cursor.isEmpty());

    assertThat(seen).containsExactlyElementsOf(before);
    assertThat(ids(ours + "&recipient=" + encoded(BOB.value()))).containsExactlyElementsOf(before);
  }

  @Test
  void hidesOtherTenantsMailFromAllButOperators() {
    SendRequested mail = operator.dead(Category.PERMANENT, 550, BOB);
    var api = new ApiContract(context);
    String owner = api.key(operator.tenant(), Scope.READ);
    String stranger = api.key(new TenantId("umbrella"), Scope.READ);
    String bob = SEARCH + "recipient=" + encoded(BOB.value());

    assertThat(api.call("GET", SEARCH, owner).body()).contains(id(mail));
    assertThat(api.call("GET", ours, owner).body()).contains(id(mail));
    for (String query :
        List.of(SEARCH, bob, SEARCH + "status=failed", SEARCH + "request_id=req-7")) {
      var answer = api.call("GET", query, stranger);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).doesNotContain(id(mail));
    }
    var named = api.call("GET", ours, stranger);
    assertThat(named.statusCode()).isEqualTo(422);
    assertThat(named.body()).contains("/tenant");
    assertThat(ids(bob)).contains(id(mail));
    assertThat(api.call("GET", SEARCH, api.key(operator.tenant(), Scope.SEND)).statusCode())
        .isEqualTo(403);
  }

  @Test
  void showsTestKeysTestMailAlone() {
    SendRequested live = operator.dead(Category.PERMANENT, 550, BOB);
    SendRequested test = upstream.inMode(Mode.TEST, upstream.request(BOB));
    upstream.die(test, Category.PERMANENT, 550, 0);
    await().until(() -> ids(ours + "&status=failed").size() == 2);
    var api = new ApiContract(context);
    String key = api.key(operator.tenant(), Mode.TEST, Scope.READ);
    String liveKey = api.key(operator.tenant(), Scope.READ);

    for (String query :
        List.of(
            SEARCH,
            ours,
            SEARCH + "recipient=" + encoded(BOB.value()),
            SEARCH + "sender=" + encoded(live.mail().from().address().value()),
            SEARCH + "subject=" + encoded(live.mail().subject()),
            SEARCH + "status=failed",
            SEARCH + "request_id=req-7",
            SEARCH + "since=" + now.minusSeconds(60),
            SEARCH + "until=" + now.plusSeconds(3600))) {
      assertThat(api.call("GET", query, key).body())
          .as(query)
          .contains(id(test))
          .doesNotContain(id(live));
      assertThat(api.call("GET", query, liveKey).body()).as(query).contains(id(live));
    }
    String message = "/api/v1/messages/";
    assertThat(api.call("GET", message + id(test), key).statusCode()).isEqualTo(200);
    assertThat(api.call("GET", message + id(live), key).statusCode()).isEqualTo(404);
  }

  @Test
  void namesAllThatIsWrongWithAQuery() {
    var answer =
        operator.call(
            "GET",
            SEARCH
                + "recipient=bob&sender=@&subject=a%00b&status=lost&request_id=a%0Ab&since=noon"
                + "&until=1066-10-14T09:00:00Z&tenant=%20&limit=201&cursor=x&recepient=y",
            null);

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body())
        .contains(
            "/recipient",
            "/sender",
            "/subject",
            "/status",
            "/request_id",
            "/since",
            "/until",
            "/tenant",
            "/limit",
            "/cursor",
            "/recepient");
  }

  @Test
  void findsSubjectsThatNoIndexEntryCouldHold() {
    String longest = "\uD83D\uDCEF \u4E2D".repeat(240);
    var request = upstream.request(BOB);
    String json = new String(EventJson.write(request), StandardCharsets.UTF_8);
    upstream.send(
        Upstream.record(
            Topics.REQUESTS,
            request,
            json.replace(request.mail().subject(), longest).getBytes(StandardCharsets.UTF_8)));

    await().until(() -> ids(ours + "&subject=" + encoded(longest)).equals(List.of(id(request))));
    assertThat(ids(ours + "&subject=" + encoded("\uD83D\uDCEF"))).containsExactly(id(request));
    assertThat(ids(ours + "&subject=" + encoded(longest + "x"))).isEmpty();
  }

  @Test
  void addsUpWhatWasSentByDayTenantKeyAndRelay() {
    operator.dead(2, Category.PERMANENT, 550, BOB);
    SendRequested earlier = upstream.request(now.minus(Duration.ofDays(3)), BOB, CAROL);
    posted(earlier);
    upstream.deliver(earlier, 0);
    await().until(() -> ids(ours + "&status=delivered").size() == 1);
    String usage = "/api/v1/admin/usage?tenant=" + operator.tenant();

    JsonNode month = operator.get(usage);
    JsonNode today = operator.get(usage + "&days=1");
    JsonNode first = operator.get(usage + "&limit=1");

    JsonNode rows = month.path("days");
    assertThat(rows.size()).isEqualTo(2);
    assertThat(rows.path(0).path("failed").asLong()).isEqualTo(2);
    assertThat(rows.path(0).path("delivered").asLong()).isZero();
    assertThat(rows.path(0).path("relay").asString()).isEqualTo("default");
    assertThat(rows.path(0).path("tenant").asString()).isEqualTo(operator.tenant().value());
    assertThat(rows.path(0).path("api_key_id").asString())
        .isEqualTo(earlier.context().apiKeyId().value());
    assertThat(rows.path(0).path("cost").decimalValue()).isZero();
    assertThat(rows.path(1).path("delivered").asLong()).isEqualTo(2);
    assertThat(rows.path(1).path("cost").decimalValue())
        .isEqualByComparingTo(Examples.COST.multiply(BigDecimal.TWO));
    assertThat(LocalDate.parse(rows.path(1).path("day").asString()))
        .isEqualTo(LocalDate.ofInstant(earlier.context().acceptedAt(), ZoneOffset.UTC));
    assertThat(month.has("truncated")).isFalse();
    assertThat(today.path("days").size()).isEqualTo(1);
    assertThat(first.path("truncated").asBoolean()).isTrue();
    assertThat(operator.call("GET", "/api/v1/admin/usage?days=0&tenant=%20&day=1", null).body())
        .contains("/days", "/tenant", "/day");
  }

  @Test
  void tellsOperatorsWhoWorksAndWhatWaits() {
    operator.dead(Category.PERMANENT, 550, BOB);

    JsonNode status = operator.get("/api/v1/admin/status");

    assertThat(status.path("kafka").asString()).isEqualTo("up");
    assertThat(status.path("postgresql").asString()).isEqualTo("up");
    assertThat(status.path("uptime_seconds").asLong()).isNotNegative();
    assertThat(status.path("unaccounted").isIntegralNumber()).isTrue();
    assertThat(status.path("dead_letters_waiting").path("permanent").asLong()).isPositive();
    JsonNode group =
        status
            .path("groups")
            .valueStream()
            .filter(one -> one.path("group").asString().equals(Operator.GROUP))
            .findFirst()
            .orElseThrow();
    assertThat(group.path("members").size()).isPositive();
    assertThat(group.path("members").path(0).path("partitions").asInt()).isPositive();
    assertThat(group.path("backlog").asLong()).isNotNegative();
    assertThat(group.path("topics").toString()).contains(Topics.OUTCOMES);
  }

  @Test
  void tellsOperatorsHowRelaysHaveFaredOfLate() {
    String relay = "relay-" + operator.tenant();
    SendRequested old = upstream.request(now.minusSeconds(600), BOB);
    SendRequested parked = upstream.request(now.minusSeconds(20), BOB);
    SendRequested sent = upstream.request(now.minusSeconds(10), BOB);

    upstream.attempted(old, relay, Instant.now().minusSeconds(590), true);
    upstream.attempted(parked, relay, Instant.now().minusSeconds(20), false);
    upstream.attempted(sent, relay, Instant.now().minusSeconds(30), true);

    await()
        .untilAsserted(() -> {
          JsonNode fared = relay(relay);
          assertThat(fared.path("deferred").asLong()).isEqualTo(1);
          assertThat(fared.path("parked").asLong()).isEqualTo(1);
          assertThat(fared.path("delivered").asLong()).isZero();
          assertThat(fared.path("state").asString()).isEqualTo("parked");
          assertThat(fared.path("last_reason").asString()).isEqualTo("left in peace");
        });
  }

  private JsonNode relay(String name) {
    return operator
        .get("/api/v1/admin/status")
        .path("relays")
        .valueStream()
        .filter(one -> one.path("relay").asString().equals(name))
        .findFirst()
        .orElse(MissingNode.getInstance());
  }

  private void posted(SendRequested request) {
    upstream.approve(upstream.accept(request));
  }

  private List<String> ids(String query) {
    List<String> ids = new ArrayList<>();
    operator.get(query).path("items").forEach(item -> ids.add(item.path("id").asString()));
    return ids;
  }

  private static String id(SendRequested request) {
    return request.messageId().toString();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
