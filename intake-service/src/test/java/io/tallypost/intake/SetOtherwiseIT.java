package io.tallypost.intake;

import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.TestPropertySource;

/**
 * The intake that tests of settings share, each of which concerns one of them only: one more
 * service costs more than they do.
 */
@Import(SetOtherwiseIT.Collector.class)
@TestPropertySource(
    properties = {
      "management.tracing.export.enabled=true",
      "management.tracing.sampling.probability=0.1",
      "tallypost.tracing.sampled-callers-per-second=1",
      // Not 25, which is usual without security.
      "tallypost.relays.ports=465,587",
      "tallypost.security-txt.contact=mailto:security@acme.example,https://acme.example/report",
      "tallypost.security-txt.expires=2027-06-30T00:00:00Z",
      "tallypost.security-txt.preferred-languages=en,de",
      "SWAGGER_UI=false",
    })
abstract class SetOtherwiseIT extends IntakeIT {
  @TestConfiguration
  static class Collector {
    @Bean
    Exported exported() {
      return new Exported();
    }
  }

  /** Takes spans as a collector does. */
  static final class Exported implements SpanExporter {
    private final Queue<SpanData> spans = new ConcurrentLinkedQueue<>();

    @Override
    public CompletableResultCode export(Collection<SpanData> batch) {
      spans.addAll(batch);
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }

    Set<String> traces(SpanKind kind) {
      return spans.stream()
          .filter(span -> span.getKind() == kind)
          .map(SpanData::getTraceId)
          .collect(Collectors.toSet());
    }
  }
}
