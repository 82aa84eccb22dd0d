package io.tallypost.e2e;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/** Receives spans by OTLP over HTTP, and keeps them. */
final class OtlpReceiver implements Traces {
  private final HttpServer server;
  private final Map<String, List<TraceSpan>> traces = new ConcurrentHashMap<>();

  private OtlpReceiver(HttpServer server) {
    this.server = server;
  }

  static OtlpReceiver start() throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    var receiver = new OtlpReceiver(server);
    server.createContext("/v1/traces", receiver::receive);
    server.start();
    return receiver;
  }

  @Override
  public String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @Override
  public List<TraceSpan> of(String traceId) {
    return List.copyOf(traces.getOrDefault(traceId, List.of()));
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      var request = ExportTraceServiceRequest.parseFrom(exchange.getRequestBody());
      request
          .getResourceSpansList()
          .forEach(resource -> {
            String service =
                attributes(resource.getResource().getAttributesList())
                    .getOrDefault("service.name", "");
            resource
                .getScopeSpansList()
                .forEach(scope -> scope.getSpansList().forEach(span -> keep(service, span)));
          });
      exchange.sendResponseHeaders(200, -1);
    }
  }

  private void keep(String service, Span span) {
    var kept =
        new TraceSpan(
            hex(span.getTraceId()),
            hex(span.getSpanId()),
            hex(span.getParentSpanId()),
            span.getName(),
            span.getKind().name().replace("SPAN_KIND_", "").toLowerCase(Locale.ROOT),
            service,
            attributes(span.getAttributesList()),
            span.getEventsList().stream()
                .map(event ->
                    (event.getName()
                            + " "
                            + String.join(" ", attributes(event.getAttributesList()).values()))
                        .strip())
                .toList(),
            span.getLinksCount());
    traces.computeIfAbsent(kept.traceId(), id -> new CopyOnWriteArrayList<>()).add(kept);
  }

  private static Map<String, String> attributes(Collection<KeyValue> attributes) {
    return attributes.stream()
        .collect(Collectors.toMap(KeyValue::getKey, one -> text(one.getValue()), (a, b) -> b));
  }

  private static String text(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> value.getStringValue();
      case INT_VALUE -> Long.toString(value.getIntValue());
      case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
      case DOUBLE_VALUE -> Double.toString(value.getDoubleValue());
      default -> value.toString();
    };
  }

  private static String hex(ByteString id) {
    return HexFormat.of().formatHex(id.toByteArray());
  }
}
