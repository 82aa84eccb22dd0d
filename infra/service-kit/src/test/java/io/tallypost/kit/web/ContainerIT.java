package io.tallypost.kit.web;

import io.tallypost.events.Examples;
import io.tallypost.keys.Scope;
import io.tallypost.kit.testing.ApiContract;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.springframework.test.context.TestPropertySource;

/** A service whose limits are small, and what stands in front of its controllers. */
@TestPropertySource(
    properties = {
      "tallypost.keys.bcrypt-cost=4",
      "server.tomcat.connection-timeout=1s",
      "server.tomcat.keep-alive-timeout=1s",
      "tallypost.web.body-timeout=3s",
      "tallypost.keys.failures-per-minute=" + ContainerIT.FAILURES,
      "tallypost.keys.admin-calls-per-minute=" + ContainerIT.ADMIN_CALLS,
      // Tests play the proxy in front.
      "tallypost.keys.trusted-proxies=127.0.0.0/8",
    })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ContainerIT extends GreetingServiceIT {
  static final int FAILURES = 5;
  static final int ADMIN_CALLS = 20;
  static final String PATH = "/api/v1/greeting";
  static final String JSON_TYPE = "Content-Type: application/json";

  String key = "";

  @BeforeAll
  void makeKey() {
    key = "X-API-Key: " + new ApiContract(service).key(Examples.ACME, Scope.READ, Scope.OPERATOR);
  }
}
