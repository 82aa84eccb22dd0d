package io.tallypost.audit.replay;

import static io.tallypost.events.Examples.BOB;

import io.tallypost.audit.AuditServiceApplication;
import io.tallypost.audit.operator.Operator;
import io.tallypost.events.DeadLetter.Category;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Replays of dead letters over REST. */
@SpringBootTest(
    classes = AuditServiceApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {"tallypost.keys.bcrypt-cost=4", "tallypost.audit.group=" + Operator.GROUP})
abstract class ReplayIT {
  @DynamicPropertySource
  static void backends(DynamicPropertyRegistry registry) {
    Operator.addTo(registry);
  }

  @Autowired ApplicationContext context;
  Operator operator;

  @BeforeEach
  void operator() {
    operator = Operator.of(context);
  }

  List<SendRequested> dead(int count) {
    return operator.dead(count, Category.PERMANENT, 550, BOB);
  }

  String filter(String more) {
    return "{\"filter\":{\"tenant\":\"" + operator.tenant() + "\"}" + more + "}";
  }

  List<ConsumerRecord<byte[], byte[]>> copies(SendRequested request) {
    return operator.records(Topics.APPROVED, request.messageId().toString());
  }
}
