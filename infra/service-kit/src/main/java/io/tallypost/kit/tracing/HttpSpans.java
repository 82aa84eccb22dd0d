package io.tallypost.kit.tracing;

import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationFilter;
import org.springframework.http.server.observation.ServerRequestObservationContext;

/**
 * Gives the spans of requests the names of OpenTelemetry's semantic conventions for HTTP beside
 * Spring's own. They are on spans alone: the metrics keep the labels that Boot documents.
 */
final class HttpSpans implements ObservationFilter {
  @Override
  public Observation.Context map(Observation.Context context) {
    if (context instanceof ServerRequestObservationContext http && http.getCarrier() != null) {
      var request = http.getCarrier();
      add(context, "http.request.method", request.getMethod());
      add(context, "url.scheme", request.getScheme());
      add(context, "server.address", request.getServerName());
      add(context, "server.port", Integer.toString(request.getServerPort()));
      if (http.getPathPattern() != null) {
        add(context, "http.route", http.getPathPattern());
      }
      if (http.getResponse() != null) {
        add(context, "http.response.status_code", Integer.toString(http.getResponse().getStatus()));
      }
    }
    return context;
  }

  private static void add(Observation.Context context, String name, String value) {
    context.addHighCardinalityKeyValue(KeyValue.of(name, value));
  }
}
