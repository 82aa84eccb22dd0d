package io.tallypost.faults.scene;

import io.tallypost.stack.FreePorts;
import io.tallypost.stack.Parallel;
import io.tallypost.stack.SpanDrain;
import io.tallypost.stack.client.StackProcess;
import io.tallypost.stack.client.StackRecipe;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * A stack to be broken: its relay is a sink in this process, whose script can pull a trigger, and
 * quota and audit reach PostgreSQL, and all services a collector of traces, through proxies.
 */
public final class Arena implements AutoCloseable {
  public static final List<String> ROLES = List.of("intake", "quota", "worker", "audit");

  private static final int KEEP_MAILS = 400_000;
  private static final long KEEP_BYTES = 400L * 1024 * 1024;

  private final Ground ground;
  private final SmtpSink sink;
  private final TcpProxy quotaDatabase;
  private final TcpProxy auditDatabase;
  private final SpanDrain spans;
  private final TcpProxy collector;
  private final StackProcess stack;

  private Arena(
      Ground ground,
      SmtpSink sink,
      TcpProxy quotaDatabase,
      TcpProxy auditDatabase,
      SpanDrain spans,
      TcpProxy collector,
      StackProcess stack) {
    this.ground = ground;
    this.sink = sink;
    this.quotaDatabase = quotaDatabase;
    this.auditDatabase = auditDatabase;
    this.spans = spans;
    this.collector = collector;
    this.stack = stack;
  }

  /** Starts one in a new folder below the module's target. */
  public static Arena open(Path root, Ground ground) throws IOException {
    Path target = Files.createDirectories(root.resolve("infra/faults/target"));
    SmtpSink sink = SmtpSink.start(SinkSettings.defaults().keeping(KEEP_MAILS, KEEP_BYTES));
    int postgres = FreePorts.next();
    TcpProxy quota = TcpProxy.to(postgres);
    TcpProxy audit = TcpProxy.to(postgres);
    SpanDrain spans = SpanDrain.start();
    TcpProxy collector = TcpProxy.to(spans.port());
    StackRecipe recipe =
        StackRecipe.in(root, Files.createTempDirectory(target, "stack"))
            .relay(sink)
            // Not the launcher's favourite, for which another stack may be starting, too.
            .with("--port", Integer.toString(FreePorts.next()))
            .with("--postgres-port", Integer.toString(postgres))
            .with("--brokers", Integer.toString(ground.brokers()))
            .set("STACK_QUOTA_DATABASE_URL", url(quota))
            .set("STACK_AUDIT_DATABASE_URL", url(audit))
            .set("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + collector.port())
            // Soon, in milliseconds, so that a row need not wait for spans.
            .set("OTEL_BSP_SCHEDULE_DELAY", "1000")
            // The guard against runaway clients would stop the loads. All other limits are the
            // defaults, which hostile-hour meets.
            .set("TALLYPOST_INTAKE_REQUESTS_PER_MINUTE", "1000000")
            // A relay that says nothing after the dot is given up within the run as well.
            .set("TALLYPOST_DELIVERY_RELAY_TIMEOUTS_DOT", "20s")
            // So short that a row can meet the check of a kept connection.
            .set("TALLYPOST_DELIVERY_RELAY_VALIDATE_AFTER", "2s")
            // So short that a relay which needs 2 s for the dot is in its way.
            .set("TALLYPOST_DELIVERY_REVOKE_TIMEOUT", "3s")
            // So that a thousand slow mails end within the run.
            .set("TALLYPOST_DELIVERY_SIMULATED_SLOWNESS", "3s")
            .set("ALLOW_INTERNAL_RELAYS", "true");
    for (Map.Entry<String, String> wait : ground.waits().entrySet()) {
      recipe = recipe.set(wait.getKey(), wait.getValue());
    }
    return new Arena(ground, sink, quota, audit, spans, collector, new StackProcess(recipe));
  }

  /** Without prepared statements, so that a COMMIT can be seen on the line. */
  private static String url(TcpProxy proxy) {
    return "jdbc:postgresql://127.0.0.1:%d/tallypost?prepareThreshold=0".formatted(proxy.port());
  }

  public Ground ground() {
    return ground;
  }

  StackProcess stack() {
    return stack;
  }

  public SmtpSink sink() {
    return sink;
  }

  /** Quota's line to PostgreSQL. */
  public TcpProxy quotaDatabase() {
    return quotaDatabase;
  }

  /** Audit's line to PostgreSQL. */
  public TcpProxy auditDatabase() {
    return auditDatabase;
  }

  /** Everybody's line to the collector of traces. */
  public TcpProxy collector() {
    return collector;
  }

  /** Starts, all at once, or stops processes of a role until there are so many. */
  public void scale(String role, int count) {
    List<JsonNode> running = stack.services(role);
    int missing = count - running.size();
    if (missing > 0) {
      int last = running.stream().mapToInt(one -> one.path("number").asInt()).max().orElse(0);
      Parallel.calls(
          missing, missing, i -> stack.control("start", role, Integer.toString(last + 1 + i)));
    }
    while (stack.services(role).size() > count) {
      stack.control("stop", role);
    }
  }

  /** One process of each role, as an arena is opened with. */
  public void restore() {
    for (String role : ROLES) {
      scale(role, 1);
    }
  }

  @Override
  public void close() {
    stack.close();
    sink.close();
    quotaDatabase.close();
    auditDatabase.close();
    collector.close();
    spans.close();
  }
}
