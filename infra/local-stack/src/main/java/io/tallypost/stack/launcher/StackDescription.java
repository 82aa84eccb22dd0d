package io.tallypost.stack.launcher;

import io.tallypost.stack.KafkaBroker;
import io.tallypost.stack.KafkaCluster;
import io.tallypost.stack.PostgresServer;
import io.tallypost.stack.services.ServiceProcess;
import io.tallypost.stack.services.Services;
import io.tallypost.stack.services.StackOptions;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What {@code stack.json} says of a running stack. */
record StackDescription(
    URI api,
    KafkaCluster kafka,
    PostgresServer postgres,
    StackOptions.Relay relay,
    Optional<SinkProcess> sink,
    Services services,
    StackKeys keys) {

  /** As it is now. */
  Map<String, Object> content() {
    Map<String, Object> smtp = new LinkedHashMap<>();
    smtp.put("host", relay.host());
    smtp.put("port", relay.port());
    sink.ifPresent(own -> {
      smtp.put("inbox", own.inbox().toString());
      smtp.put("pid", own.process().pid());
    });
    Map<String, Object> description = new LinkedHashMap<>();
    description.put("pid", ProcessHandle.current().pid());
    description.put("api", api.toString());
    description.put(
        "services", services.running().stream().map(StackDescription::description).toList());
    description.put(
        "kafka",
        Map.of(
            "bootstrap", kafka.bootstrapServers(),
            "pids", kafka.brokers().stream().map(KafkaBroker::pid).toList()));
    description.put("postgres", database());
    description.put("smtp", smtp);
    description.put("admin_key", keys.admin());
    description.put("api_key", keys.api());
    return description;
  }

  private Map<String, Object> database() {
    Map<String, Object> database = new LinkedHashMap<>();
    database.put("jdbc", postgres.jdbcUrl("tallypost"));
    database.put("user", postgres.user());
    database.put("password", postgres.password());
    postgres.livingPid().ifPresent(pid -> database.put("pid", pid));
    return database;
  }

  private static Map<String, Object> description(ServiceProcess service) {
    Map<String, Object> description = new LinkedHashMap<>();
    description.put("role", service.role().word());
    description.put("number", service.number());
    description.put("pid", service.process().pid());
    description.put("api", service.api().toString());
    description.put("management", service.management().toString());
    return description;
  }
}
