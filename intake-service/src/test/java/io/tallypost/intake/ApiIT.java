package io.tallypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.TenantId;
import io.tallypost.testing.ApiContract;
import io.tallypost.testing.ApiDescription;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;

/** What holds for every endpoint of intake. */
class ApiIT extends IntakeIT {
  @Autowired private ApplicationContext context;
  private ApiContract api;

  @BeforeEach
  void contract() {
    api = new ApiContract(context);
  }

  @Test
  void guardsEveryEndpoint() {
    api.assertGuarded(Map.of());
    api.assertApartByMode(TenantId.DEFAULT, Map.of(), Set.of("POST /api/v1/send"));
  }

  @Test
  void isDescribedAsItIs() throws Exception {
    new ApiDescription("intake-service", api).assertUpToDate();
  }

  @Test
  void showsTheDescriptionToAnybody() {
    var description = api.call("GET", "/openapi.json", null);

    assertThat(description.statusCode()).isEqualTo(200);
    assertThat(description.body())
        .contains("/api/v1/send", "/api/v1/usage", "/api/v1/messages/{id}");
    assertThat(api.call("GET", "/swagger-ui", null).statusCode()).isEqualTo(302);
    assertThat(api.call("GET", "/swagger-ui/index.html", null).statusCode()).isEqualTo(200);
    assertThat(api.call("GET", "/v3/api-docs/swagger-config", null).body())
        .contains("/openapi.json");
    assertThat(api.call("GET", "/v3/api-docs", null).statusCode()).isEqualTo(401);
  }
}
