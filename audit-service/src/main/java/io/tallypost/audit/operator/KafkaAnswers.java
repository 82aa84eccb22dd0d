package io.tallypost.audit.operator;

import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InterruptException;

/** Waits for answers of Kafka's {@link org.apache.kafka.clients.admin.Admin}. */
public final class KafkaAnswers {
  private KafkaAnswers() {}

  /**
   * The answer, which comes within the client's {@code default.api.timeout.ms} or not at all.
   *
   * @throws KafkaException if Kafka refused, or does not answer
   */
  public static <T> T get(KafkaFuture<T> answer) {
    try {
      return answer.get();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException cause
          ? cause
          : new KafkaException("Kafka could not be asked", e.getCause());
    }
  }
}
