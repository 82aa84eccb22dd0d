package io.tallypost.kit.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** What is said of settings, wherever they come from. */
class SettingsCheckTest {
  private final Catalog catalog = Catalog.read(SettingsCheckTest.class.getClassLoader());

  @Test
  void takesBothFormsOfAVariable() {
    assertThat(check(Map.of("TALLYPOST_KEYS_BCRYPT_COST", "3"), Map.of()))
        .singleElement()
        .satisfies(problem ->
            assertThat(problem.setting())
                .isEqualTo("tallypost.keys.bcrypt-cost (TALLYPOST_KEYS_BCRYPT_COST)"));
    assertThat(check(Map.of("TALLYPOST_KEYS_BCRYPTCOST", "3"), Map.of())).hasSize(1);
    assertThat(check(Map.of("TALLYPOST_KEYS_BCRYPT_COST", "12"), Map.of())).isEmpty();
  }

  @Test
  void suggestsWhatAnUnknownNameMayHaveMeant() {
    assertThat(check(Map.of("TALLYPOST_KEYS_BCRIPT_COST", "10"), Map.of()))
        .extracting(SettingProblem::toString)
        .containsExactly(
            "TALLYPOST_KEYS_BCRIPT_COST: there is no such setting;"
                + " did you mean TALLYPOST_KEYS_BCRYPT_COST?");
    assertThat(check(Map.of(), Map.of("tallypost.web.max-bodi", "1MB")))
        .extracting(SettingProblem::toString)
        .containsExactly(
            "tallypost.web.max-bodi: there is no such setting;"
                + " did you mean tallypost.web.max-body (TALLYPOST_WEB_MAX_BODY)?");
  }

  @Test
  void leavesAloneWhatThePlatformPutsThere() {
    assertThat(
            check(
                Map.of(
                    "TALLYPOST_KEYS_SERVICE_HOST",
                    "10.0.0.1",
                    "TALLYPOST_KEYS_PORT_8080_TCP",
                    "tcp://10.0.0.1:8080",
                    "TALLYPOST_AUDIT_RETENTION",
                    "30d"),
                Map.of()))
        .isEmpty();
  }

  @Test
  void namesWhatIsExpectedOfAValueThatCannotBeRead() {
    assertThat(check(Map.of(), Map.of("tallypost.web.max-body", "much")))
        .extracting(SettingProblem::expected)
        .containsExactly("must be a size, such as 512KB or 4MB; it is \"much\"");
    assertThat(check(Map.of(), Map.of("tallypost.web.max-body", "${NOWHERE}")))
        .extracting(SettingProblem::expected)
        .containsExactly(
            "must be a size, such as 512KB or 4MB; it names a variable that has no value");
  }

  @Test
  void findsMailThatWouldNotFitIntoARecord() {
    assertThat(check(Map.of(), Map.of("tallypost.web.max-body", "4MB")))
        .extracting(SettingProblem::toString)
        .containsExactly(
            "tallypost.topics.max-record (TALLYPOST_TOPICS_MAX_RECORD): must be at least 4718592"
                + " bytes, 524288 more than tallypost.web.max-body, for what services add to a"
                + " mail; it is 4194304");
    assertThat(check(Map.of(), Map.of("tallypost.topics.max-record", "5MB")))
        .extracting(SettingProblem::toString)
        .containsExactly(
            "spring.kafka.producer.properties.max.request.size"
                + " (SPRING_KAFKA_PRODUCER_PROPERTIES_MAX_REQUEST_SIZE): must be at least 5767168"
                + " bytes, 524288 more than tallypost.topics.max-record, for a dead letter's"
                + " headers; it is 5242880");
    assertThat(
            check(
                Map.of("TALLYPOST_WEB_MAX_BODY", "8MB", "TALLYPOST_TOPICS_MAX_RECORD", "9MB"),
                Map.of("spring.kafka.producer.properties.max.request.size", "10485760")))
        .isEmpty();
  }

  /** Whoever is within a trusted range says who the client is. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0/0",
        "::/0",
        "1.2.3.4/0",
        "2001:db8::1/0",
        "0.0.0.0/00",
        "::ffff:0.0.0.0/0",
        "10.0.0.0/8,::/0",
        "0.0.0.0/1,128.0.0.0/1",
        "64.0.0.0/7",
        "2000::/3",
        "fc00::/6"
      })
  void trustsNoRangeThatClientsAreIn(String ranges) {
    assertThat(check(Map.of(), Map.of("tallypost.keys.trusted-proxies", ranges)))
        .extracting(SettingProblem::toString)
        .singleElement()
        .asString()
        .startsWith("tallypost.keys.trusted-proxies (TRUSTED_PROXIES): must be address ranges of")
        .contains("wider than a /8, or a /7 in IPv6")
        .endsWith("it is \"" + ranges + "\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.0/8", "fc00::/7", "10.0.0.7", "::1", "172.16.0.0/12,fd00::/8"})
  void trustsProxies(String ranges) {
    assertThat(check(Map.of(), Map.of("tallypost.keys.trusted-proxies", ranges))).isEmpty();
  }

  @Test
  void blotsOutTheCredentialsOfAUrl() {
    assertThat(Masked.url("jdbc:postgresql://db/tallypost?user=u&password=hunter2&ssl=true"))
        .isEqualTo("jdbc:postgresql://db/tallypost?user=******&password=******&ssl=true");
    assertThat(Masked.url("https://u:hunter2@db")).isEqualTo("https://******@db");
    assertThat(Setting.isSecret("tallypost.relays.key-ring")).isTrue();
    assertThat(Setting.isSecret("tallypost.intake.operator-key-file")).isFalse();
  }

  private List<SettingProblem> check(Map<String, Object> variables, Map<String, Object> settings) {
    var environment = new StandardEnvironment();
    environment.getPropertySources().remove("systemEnvironment");
    environment.getPropertySources().remove("systemProperties");
    environment
        .getPropertySources()
        .addLast(new SystemEnvironmentPropertySource("systemEnvironment", variables));
    environment.getPropertySources().addLast(new MapPropertySource("file", settings));
    environment
        .getPropertySources()
        .addLast(
            new MapPropertySource(
                "defaults",
                Map.of("spring.kafka.producer.properties.max.request.size", 5_242_880)));
    return SettingsCheck.problems(catalog, environment);
  }
}
