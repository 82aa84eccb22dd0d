package io.tallypost.audit.operator;

import io.tallypost.audit.AuditServiceApplication;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/**
 * The service that all tests with an {@link Operator} share. Spring starts another one for each
 * class that declares its own source of properties, however equal they are.
 */
@SpringBootTest(
    classes = AuditServiceApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {"tallypost.keys.bcrypt-cost=4", "tallypost.audit.group=" + Operator.GROUP})
public abstract class OperatorIT {
  @DynamicPropertySource
  static void backends(DynamicPropertyRegistry registry) {
    Operator.addTo(registry);
  }
}
