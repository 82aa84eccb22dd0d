package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.EventJson;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An admin key stays in its box, whatever it makes of itself and of others. */
class KeyFencesIT extends TenantKeysIT {
  /** What the admin of these tests has: limits, times, domains, networks. */
  private static final String BOX =
      """
      'scopes': ['send', 'read', 'admin'], 'daily_limit': 100, 'per_minute_limit': 10,
      'expires_at': '2090-01-01T00:00:00Z', 'allowed_sender_domains': ['*.acme.example'],
      'allowed_recipient_domains': ['example.org'], 'allowed_cidrs': ['127.0.0.0/8', '::1']
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          'daily_limit': 101                                            | /daily_limit
          'daily_limit': 'unlimited'                                    | /daily_limit
          'daily_limit': null                                           | /daily_limit
          'per_minute_limit': 11                                        | /per_minute_limit
          'per_minute_limit': 'unlimited'                               | /per_minute_limit
          'per_minute_limit': null                                      | /per_minute_limit
          'expires_at': '2090-01-01T00:00:00.001Z'                      | /expires_at
          'expires_at': null                                            | /expires_at
          'allowed_sender_domains': []                                  | /allowed_sender_domains
          'allowed_sender_domains': null                                | /allowed_sender_domains
          'allowed_sender_domains': ['acme.example']                    | /allowed_sender_domains
          'allowed_sender_domains': ['*.example']                       | /allowed_sender_domains
          'allowed_sender_domains': ['a.acme.example', 'evil.example']  | /allowed_sender_domains
          'allowed_recipient_domains': null                             | /allowed_recipient_domains
          'allowed_recipient_domains': ['*.example.org']                | /allowed_recipient_domains
          'allowed_cidrs': null                                         | /allowed_cidrs
          'allowed_cidrs': ['0.0.0.0/0']                                | /allowed_cidrs
          'allowed_cidrs': ['127.0.0.1', '::/0']                        | /allowed_cidrs
          'daily_limit': 'unlimited', 'allowed_sender_domains': null    | /daily_limit /allowed_sender_domains
          """)
  void liftsNothingOfItselfAndMakesAndWidensNothingFreer(String fields, String pointers) {
    var self = made(operator, BOX);
    var admin = holder(self);
    var other = made(admin, "'scopes': ['send']");
    String before = operator.get(path(self)).text("updated_at");
    String otherBefore = operator.get(path(other)).text("updated_at");

    assertRefused(post(admin, fields), pointers.split(" "));
    assertRefused(patch(admin, self, fields), pointers.split(" "));
    assertRefused(patch(admin, other, fields), pointers.split(" "));

    assertThat(operator.get(path(self)).text("updated_at")).isEqualTo(before);
    assertThat(operator.get(path(other)).text("updated_at")).isEqualTo(otherBefore);
    assertThat(operator.get(KEYS + "?made_by=" + self.text("id")).body().path("items").size())
        .isEqualTo(1);
  }

  @Test
  void handsItsOwnRestrictionsOnToWhatItMakes() {
    var admin = holder(made(operator, BOX));

    var made = post(admin, "'scopes': ['send']").body();

    assertThat(made.path("daily_limit").asLong()).isEqualTo(100);
    assertThat(made.path("per_minute_limit").asLong()).isEqualTo(10);
    assertThat(made.path("expires_at").asString()).isEqualTo("2090-01-01T00:00:00Z");
    assertThat(made.path("allowed_sender_domains").toString()).isEqualTo("[\"*.acme.example\"]");
    assertThat(made.path("allowed_recipient_domains").toString()).isEqualTo("[\"example.org\"]");
    assertThat(made.path("allowed_cidrs").toString()).isEqualTo("[\"127.0.0.0/8\",\"::1\"]");
  }

  @Test
  void makesAndChangesWhatIsNarrower() {
    var self = made(operator, BOX);
    var admin = holder(self);

    var narrower =
        post(
            admin,
            """
            'mode': 'test', 'scopes': ['send'], 'daily_limit': 99, 'per_minute_limit': 1,
            'expires_at': '2089-01-01T00:00:00Z',
            'allowed_sender_domains': ['a.acme.example', '*.b.acme.example'],
            'allowed_cidrs': ['127.1.0.0/16']
            """);

    assertThat(narrower.status()).isEqualTo(201);
    assertThat(patch(admin, narrower, "'daily_limit': 100").status()).isEqualTo(200);
    assertThat(patch(admin, self, "'daily_limit': 50").status()).isEqualTo(200);
    assertRefused(patch(admin, self, "'daily_limit': 51"), "/daily_limit");
    assertRefused(patch(admin, narrower, "'name': 'x'"), "/daily_limit");
  }

  @Test
  void leavesKeysAloneThatAreFreerThanItself() {
    var admin = holder(made(operator, BOX));
    var freer = made(operator, "'daily_limit': 101, 'allowed_cidrs': ['127.0.0.1']");
    String[] pointers = {
      "/daily_limit",
      "/per_minute_limit",
      "/expires_at",
      "/allowed_sender_domains",
      "/allowed_recipient_domains"
    };

    assertRefused(admin.call("POST", path(freer) + "/rotate", "{}"), pointers);
    assertRefused(patch(admin, freer, "'enabled': false"), pointers);
    assertRefused(patch(admin, freer, "'daily_limit': 5"), pointers);
    assertRefused(admin.call("DELETE", path(freer), null), pointers);
    assertThat(operator.get(path(freer)).text("updated_at")).isEqualTo(freer.text("updated_at"));
  }

  @Test
  void rotatesOnlyWhatItCouldMake() {
    var self = made(operator, BOX);
    var admin = holder(self);
    var own = made(admin, "'scopes': ['send']");

    assertThat(admin.call("POST", path(own) + "/rotate", "{}").status()).isEqualTo(200);
    assertThat(admin.call("POST", path(self) + "/rotate", "{}").status()).isEqualTo(200);
  }

  /** An operator may do anything but learn what its key does not open by itself. */
  @Test
  void anOperatorLearnsNoSecretOfAScopeThatItLacks() {
    var bare = holder(newKey(operator, "'scopes': ['operator']"));
    var reader = made(operator, "'scopes': ['send', 'read:body'], 'daily_limit': 'unlimited'");

    var rotated = bare.call("POST", path(reader) + "/rotate", "{\"overlap\": 0}");

    assertThat(rotated.status()).isEqualTo(403);
    assertThat(rotated.text("code")).isEqualTo("scope_not_held");
    assertThat(rotated.pointers()).containsExactly("/scopes");
    assertThat(rotated.body().has("api_key")).isFalse();
    assertThat(operator.get(path(reader)).body().has("previous_secret_expires_at")).isFalse();
    assertThat(patch(bare, reader, "'enabled': false").status()).isEqualTo(200);
    assertThat(bare.call("DELETE", path(reader), null).status()).isEqualTo(204);
    assertThat(
            operator
                .call("POST", path(made(operator, "'daily_limit': 'unlimited'")) + "/rotate", "{}")
                .status())
        .isEqualTo(200);
  }

  private static final String NARROW_OPERATOR =
      """
      'scopes': ['operator', 'send', 'read', 'admin'], 'expires_at': '2090-01-01T00:00:00Z',
      'allowed_sender_domains': ['acme.example'], 'allowed_recipient_domains': ['example.org'],
      'allowed_cidrs': ['127.0.0.0/8', '::1'], 'daily_limit': 100, 'per_minute_limit': 10
      """;

  /** What keys have more than {@link #NARROW_OPERATOR} that are restricted in nothing. */
  private static final String[] ALL_RESTRICTIONS = {
    "/daily_limit",
    "/per_minute_limit",
    "/expires_at",
    "/allowed_sender_domains",
    "/allowed_recipient_domains",
    "/allowed_cidrs"
  };

  /** Else whoever steals a key that is bound to a network and a time has one that is not. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          'expires_at': null                                                     | /expires_at
          'expires_at': '2091-01-01T00:00:00Z'                                   | /expires_at
          'allowed_cidrs': null                                                  | /allowed_cidrs
          'allowed_cidrs': ['0.0.0.0/0']                                         | /allowed_cidrs
          'expires_at': null, 'allowed_cidrs': []                                | /expires_at /allowed_cidrs
          'allowed_sender_domains': null                                         | /allowed_sender_domains
          'allowed_sender_domains': ['shop.example']                             | /allowed_sender_domains
          'allowed_recipient_domains': []                                        | /allowed_recipient_domains
          'daily_limit': 'unlimited'                                             | /daily_limit
          'daily_limit': null                                                    | /daily_limit
          'per_minute_limit': 11                                                 | /per_minute_limit
          """)
  void anOperatorLiftsNothingOfItselfAndMakesAndWidensNothingFreer(String fields, String pointers) {
    var self = newKey(operator, NARROW_OPERATOR);
    var narrow = holder(self);
    var sibling = newKey(operator, NARROW_OPERATOR);
    var ofTenant = post(narrow, ADMIN + ", 'tenant': '%s'".formatted(tenant));

    assertRefused(patch(narrow, self, fields), pointers.split(" "));
    assertRefused(patch(narrow, self, "'scopes': ['send'], " + fields), pointers.split(" "));
    assertRefused(patch(narrow, sibling, fields), pointers.split(" "));
    assertRefused(patch(narrow, ofTenant, fields), pointers.split(" "));
    assertRefused(post(narrow, "'scopes': ['operator'], " + fields), pointers.split(" "));
    assertRefused(
        post(narrow, ADMIN + ", 'tenant': '%s', ".formatted(tenant) + fields), pointers.split(" "));

    assertThat(operator.get(path(self)).text("updated_at")).isEqualTo(self.text("updated_at"));
    assertThat(operator.get(path(ofTenant)).text("updated_at"))
        .isEqualTo(ofTenant.text("updated_at"));
    assertThat(madeBy(operator, self)).isEqualTo(ids(ofTenant));
  }

  @Test
  void anOperatorLearnsNoSecretThatOpensMoreThanItsOwn() {
    var narrow = holder(newKey(operator, NARROW_OPERATOR));
    var freer = newKey(operator, "'scopes': ['operator']");
    var disabled = newKey(operator, "'scopes': ['operator']");
    var sender = newKey(operator, "'scopes': ['send']");
    patch(operator, disabled, "'enabled': false");

    assertRefused(narrow.call("POST", path(freer) + "/rotate", "{}"), ALL_RESTRICTIONS);
    assertRefused(narrow.call("POST", path(sender) + "/rotate", "{}"), ALL_RESTRICTIONS);
    assertRefused(patch(narrow, sender, "'scopes': ['operator']"), ALL_RESTRICTIONS);
    assertRefused(patch(narrow, sender, "'daily_limit': 1001"), ALL_RESTRICTIONS);
    assertRefused(patch(narrow, disabled, "'enabled': true"), ALL_RESTRICTIONS);
    assertThat(patch(narrow, sender, "'name': '%s', 'daily_limit': 999".formatted(tenant)).status())
        .as("widens nothing")
        .isEqualTo(200);
    assertThat(patch(narrow, freer, "'enabled': false").status())
        .as("takes something away")
        .isEqualTo(200);
    assertThat(narrow.call("DELETE", path(freer), null).status()).isEqualTo(204);
  }

  @Test
  void anOperatorsRestrictionsBindWhatItMakesForAnyTenant() {
    var narrow = holder(newKey(operator, NARROW_OPERATOR));

    var peer = post(narrow, "'scopes': ['operator']");
    var admin = post(narrow, ADMIN + ", 'tenant': '%s'".formatted(tenant));

    for (var made : List.of(peer, admin)) {
      assertThat(made.status()).isEqualTo(201);
      assertThat(made.body().path("daily_limit").asLong()).isEqualTo(100);
      assertThat(made.body().path("per_minute_limit").asLong()).isEqualTo(10);
      assertThat(made.text("expires_at")).isEqualTo("2090-01-01T00:00:00Z");
      assertThat(made.body().path("allowed_sender_domains").toString())
          .isEqualTo("[\"acme.example\"]");
      assertThat(made.body().path("allowed_recipient_domains").toString())
          .isEqualTo("[\"example.org\"]");
      assertThat(made.body().path("allowed_cidrs").toString())
          .isEqualTo("[\"127.0.0.0/8\",\"::1\"]");
    }
    assertRefused(patch(narrow, admin, "'expires_at': '2095-01-01T00:00:00Z'"), "/expires_at");
    assertThat(patch(narrow, admin, "'expires_at': '2089-01-01T00:00:00Z'").status())
        .isEqualTo(200);
    assertThat(patch(narrow, admin, "'allowed_headers': ['X-SMTPAPI']").status()).isEqualTo(200);
    assertThat(narrow.call("POST", path(admin) + "/rotate", "{}").status()).isEqualTo(200);
  }

  /** Else nobody could give a key more than each key has by itself, the first one included. */
  @Test
  void theLimitThatEachKeyHasIsNoRestrictionOfAnOperator() {
    var plain = newKey(operator, "'scopes': ['operator', 'send']");

    assertThat(plain.body().path("daily_limit").asLong()).isEqualTo(1000);
    assertThat(post(holder(plain), "'scopes': ['send'], 'daily_limit': 'unlimited'").status())
        .isEqualTo(201);
    assertThat(patch(holder(plain), plain, "'daily_limit': 'unlimited'").status()).isEqualTo(200);
  }

  @Test
  void tellsATenantsLogWhoRotatedItsKey() {
    var key = made(operator, "'scopes': ['send']");
    operator.call("POST", path(key) + "/rotate", "{}");
    String actor = ApiKeyToken.parse(operatorKey()).orElseThrow().id().value();

    assertThat(
            jdbc.sql(
                    "SELECT actor || ' ' || subject_id FROM intake.admin_log WHERE tenant = :tenant AND action = 'api_key.rotated'")
                .param("tenant", tenant)
                .query(String.class)
                .list())
        .containsExactly(actor + " " + key.text("id"));
  }

  @Test
  void remembersWhoMadeAKey() throws UnreadableRecordException {
    var self = made(operator, ADMIN);
    var made = made(holder(self), "'scopes': ['send']");
    operator.call("POST", path(made) + "/rotate", "{}");
    patch(operator, made, "'enabled': false");

    var seen = operator.get(path(made));

    assertThat(made.text("created_by")).isEqualTo(self.text("id"));
    assertThat(seen.text("created_by")).isEqualTo(self.text("id"));
    assertThat(self.text("created_by"))
        .isEqualTo(ApiKeyToken.parse(operatorKey()).orElseThrow().id().value());
    for (var record : Published.on(Topics.API_KEYS, made.text("id"), 3)) {
      assertThat(EventJson.read(record.value(), ApiKeyState.class).createdBy())
          .hasToString(self.text("id"));
    }
    assertThat(patch(operator, made, "'created_by': 'acmeKey00001'").pointers())
        .containsExactly("/created_by");
  }
}
