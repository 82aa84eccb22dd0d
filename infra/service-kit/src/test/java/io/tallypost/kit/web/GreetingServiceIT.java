package io.tallypost.kit.web;

import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.testing.Backends;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** A small service, over real HTTP and with keys from a real broker. */
@SpringBootTest(
    classes = GreetingServiceIT.Service.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = "spring.config.import=classpath:tallypost-defaults.yaml")
abstract class GreetingServiceIT {
  @SpringBootConfiguration
  @EnableAutoConfiguration
  @Import(Service.Greetings.class)
  static class Service {

    @RestController
    static class Greetings {
      @GetMapping("/api/v1/greeting")
      @PreAuthorize("hasAuthority('SCOPE_read')")
      String greet(Caller caller) {
        return "hello " + caller.tenant();
      }

      @PostMapping(path = "/api/v1/greeting", consumes = "application/json")
      @PreAuthorize("hasAuthority('SCOPE_operator')")
      int length(@RequestBody byte[] body) {
        return body.length;
      }

      @GetMapping("/api/v1/fault")
      @PreAuthorize("hasAuthority('SCOPE_read')")
      String fail() {
        throw new IllegalStateException("secret internals");
      }
    }
  }

  @DynamicPropertySource
  static void backends(DynamicPropertyRegistry registry) {
    registry.add("spring.kafka.bootstrap-servers", Backends::kafka);
    registry.add("management.server.port", () -> 0);
  }

  @LocalServerPort int port;
  @LocalManagementPort int managementPort;
  @Autowired ServletWebServerApplicationContext service;
}
