package io.tallypost.audit.log;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.tallypost.events.DeadLetter;
import io.tallypost.events.Topics;
import io.tallypost.kit.metrics.LabelValues;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/**
 * What was read, by topic.
 *
 * <ul>
 *   <li>{@code tallypost_audit_records_total{topic}}: records whose rows are committed; a record
 *       read twice counts twice.
 *   <li>{@code tallypost_audit_unknown_total{topic}}: records of a later version's kind, which were
 *       skipped; anything above 0 means that audit is older than another service.
 *   <li>{@code tallypost_audit_unreadable_total{topic}}: records that are not what their topic
 *       promises; anything above 0 is worth a look. Those of decisions, outcomes and operations are
 *       in the dead-letter topic, those of requests are put there by quota.
 * </ul>
 */
@Component
class AuditMetrics {
  static final List<String> TOPICS =
      List.of(
          Topics.REQUESTS,
          Topics.DECISIONS,
          Topics.OUTCOMES,
          Topics.DEAD_LETTER,
          Topics.OPERATIONS);

  private final Map<String, Counter> records;
  private final Map<String, Counter> unknown;
  private final Map<String, Counter> unreadable;
  private final Counter deadLettered;

  AuditMetrics(MeterRegistry registry) {
    records = counters("tallypost.audit.records", "records whose rows are committed", registry);
    unknown =
        counters("tallypost.audit.unknown", "records of a kind that a later version has", registry);
    unreadable =
        counters(
            "tallypost.audit.unreadable",
            "records that are not what their topic promises",
            registry);
    deadLettered =
        Counter.builder("tallypost.messages.dead.lettered")
            .description("Records written to the dead-letter topic")
            .tag("category", DeadLetter.Category.POISON.wireName())
            .tag("tenant", LabelValues.NONE)
            .register(registry);
  }

  private static Map<String, Counter> counters(
      String name, String description, MeterRegistry registry) {
    return TOPICS.stream()
        .collect(
            Collectors.toMap(
                topic -> topic,
                topic ->
                    Counter.builder(name)
                        .description(description)
                        .tag("topic", topic)
                        .register(registry)));
  }

  void recorded(String topic) {
    count(records, topic);
  }

  void unknown(String topic) {
    count(unknown, topic);
  }

  void unreadable(String topic) {
    count(unreadable, topic);
  }

  /** An unreadable record went to the dead letters. */
  void deadLettered() {
    deadLettered.increment();
  }

  private static void count(Map<String, Counter> counters, String topic) {
    Counter counter = counters.get(topic);
    if (counter != null) {
      counter.increment();
    }
  }
}
