package io.tallypost.kit.web;

import io.tallypost.events.Examples;
import io.tallypost.keys.Scope;
import io.tallypost.kit.testing.ApiContract;
import io.tallypost.kit.testing.Backends;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** A service whose limits are small, and what stands in front of its controllers. */
@SpringBootTest(
    classes = RestContractIT.Service.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "spring.config.import=classpath:tallypost-defaults.yaml",
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
abstract class ContainerIT {
  static final int FAILURES = 5;
  static final int ADMIN_CALLS = 20;
  static final String PATH = "/api/v1/greeting";
  static final String JSON_TYPE = "Content-Type: application/json";

  @DynamicPropertySource
  static void backends(DynamicPropertyRegistry registry) {
    registry.add("spring.kafka.bootstrap-servers", Backends::kafka);
    registry.add("management.server.port", () -> 0);
  }

  @LocalServerPort int port;
  @LocalManagementPort int managementPort;
  @Autowired ServletWebServerApplicationContext service;
  String key = "";

  @BeforeAll
  void makeKey() {
    key = "X-API-Key: " + new ApiContract(service).key(Examples.ACME, Scope.READ, Scope.OPERATOR);
  }
}
