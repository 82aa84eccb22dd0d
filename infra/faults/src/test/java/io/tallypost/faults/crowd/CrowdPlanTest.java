package io.tallypost.faults.crowd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CrowdPlanTest {
  static final CrowdPlan PLAN =
      plan(90, "http://127.0.0.1:8081", List.of("sk_over"), List.of("sk_search", "sk_search_2"));

  private static CrowdPlan plan(
      int seconds, String intake, List<String> overLimitKeys, List<String> searchKeys) {
    return new CrowdPlan(
        false,
        seconds,
        URI.create(intake),
        URI.create("http://127.0.0.1:8082"),
        URI.create("http://[::1]:8083"),
        "sk_upload",
        "sk_admin",
        overLimitKeys,
        searchKeys);
  }

  @Test
  void isReadAsItWasWritten() {
    assertThat(PLAN.json()).doesNotContain("\n");
    assertThat(CrowdPlan.parse(PLAN.json())).isEqualTo(PLAN);
    assertThat(CrowdPlan.parse(PLAN.stubbed().json())).isEqualTo(PLAN.stubbed()).isNotEqualTo(PLAN);
  }

  @Test
  void goesToOneServerInsteadOfAll() {
    URI stub = URI.create("http://127.0.0.1:9000");

    CrowdPlan against = PLAN.against(stub);

    assertThat(List.of(against.intake(), against.quota(), against.audit())).containsOnly(stub);
    assertThat(against.searchKeys()).isEqualTo(PLAN.searchKeys());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://192.0.2.1:8080",
        "http://tallypost.example:8080",
        "http://localhost:8080",
        "https://127.0.0.1:8080",
        "http://127.0.0.1",
        "127.0.0.1:8080",
        "//127.0.0.1:8080"
      })
  void goesNowhereButToAnAddressOfThisMachine(String url) {
    String line = PLAN.json().replace(PLAN.intake().toString(), url);

    assertThatThrownBy(() -> CrowdPlan.parse(line)).isInstanceOf(RuntimeException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 601})
  void lastsNotForEver(int seconds) {
    List<String> keys = List.of("sk");

    assertThatThrownBy(() -> plan(seconds, "http://127.0.0.1:8081", keys, keys))
        .hasMessageContaining("seconds");
  }

  @Test
  void hasSomeKeysOfEachKindAndNotTooMany() {
    List<String> one = List.of("sk");
    List<String> many = Collections.nCopies(101, "sk");
    String intake = "http://127.0.0.1:8081";

    assertThatThrownBy(() -> plan(1, intake, List.of(), one)).hasMessageContaining("overLimit");
    assertThatThrownBy(() -> plan(1, intake, many, one)).hasMessageContaining("overLimit");
    assertThatThrownBy(() -> plan(1, intake, one, List.of())).hasMessageContaining("search");
    assertThatThrownBy(() -> plan(1, intake, one, many)).hasMessageContaining("search");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "[]", "{\"stub\":true,\"seconds\":10}"})
  void isRefusedWithoutItsParts(String line) {
    assertThatThrownBy(() -> CrowdPlan.parse(line)).isInstanceOf(RuntimeException.class);
  }

  @Test
  void tellsNoKeys() {
    assertThat(PLAN.toString()).doesNotContain("sk_");
  }
}
