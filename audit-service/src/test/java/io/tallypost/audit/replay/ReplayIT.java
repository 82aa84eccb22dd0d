package io.tallypost.audit.replay;

import static io.tallypost.events.Examples.BOB;

import io.tallypost.audit.operator.Operator;
import io.tallypost.audit.operator.OperatorIT;
import io.tallypost.events.DeadLetter.Category;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.kit.testing.Committed;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;

/** Replays of dead letters over REST. */
abstract class ReplayIT extends OperatorIT {
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
    return Committed.on(Topics.APPROVED, request.messageId().toString());
  }
}
