package io.tallypost.kit.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Health, metrics and log levels, which the public port does not have. */
class ManagementPortIT extends RestIT {
  @Test
  void showsHealthAndMetricsOnTheManagementPortOnly() throws Exception {
    var readiness = send(request(managementPort, "/health/readiness").GET());
    var metrics = send(request(managementPort, "/metrics").GET());

    assertThat(readiness.statusCode()).isEqualTo(200);
    assertThat(metrics.body()).contains("jvm_memory_used_bytes");
    assertThat(send(get("/metrics").header("X-API-Key", reader)).statusCode()).isEqualTo(404);
  }

  @Test
  void changesTheLogLevelForAnOperatorOnly() throws Exception {
    String path = "/loggers/io.tallypost.example";

    assertThat(send(debug(path)).statusCode()).isEqualTo(401);
    assertThat(send(debug(path).header("X-API-Key", reader)).statusCode()).isEqualTo(403);
    assertThat(LoggerFactory.getLogger("io.tallypost.example").isDebugEnabled()).isFalse();
    assertThat(send(debug(path).header("X-API-Key", operator)).statusCode()).isEqualTo(204);
    assertThat(LoggerFactory.getLogger("io.tallypost.example").isDebugEnabled()).isTrue();
    assertThat(send(get(path).header("X-API-Key", operator)).statusCode())
        .as("on the public port")
        .isEqualTo(404);
  }

  private HttpRequest.Builder debug(String path) {
    return request(managementPort, path)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString("{\"configuredLevel\": \"DEBUG\"}"));
  }
}
