package io.tallypost.stack.services;

import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The settings that connect the services with each other and with broker, database and sink.
 *
 * @param inherited the launcher's own environment: the services get all of it, and their settings
 *     in it win over the defaults here; {@code STACK_AUDIT_X} is audit's {@code X} alone, and so
 *     for each role
 * @param encryptionKey the key for relays' passwords
 */
public record ServiceEnvironment(
    Map<String, String> inherited,
    URI publicUrl,
    String kafka,
    int brokers,
    String databaseUrl,
    String databasePassword,
    StackOptions.Relay smtp,
    boolean ownSink,
    Path operatorKeyFile,
    String encryptionKey) {

  Map<String, String> of(Role role) {
    Map<String, String> settings = new HashMap<>();
    settings.put("KAFKA_BOOTSTRAP_SERVERS", kafka);
    settings.put("KAFKA_REPLICATION_FACTOR", Integer.toString(brokers));
    settings.put("KAFKA_MIN_INSYNC_REPLICAS", brokers == 1 ? "1" : "2");
    settings.put("PUBLIC_URL", inherited.getOrDefault("PUBLIC_URL", publicUrl.toString()));
    settings.put("FROM_EMAIL", inherited.getOrDefault("FROM_EMAIL", "hello@tallypost.test"));
    settings.put(
        "EMAIL_ENCRYPTION_KEY", inherited.getOrDefault("EMAIL_ENCRYPTION_KEY", encryptionKey));
    // On a trial stack the traces of every mail are wanted.
    settings.put("TRACING_SAMPLE_RATIO", inherited.getOrDefault("TRACING_SAMPLE_RATIO", "1.0"));
    // Relays to try things out with are on this machine.
    settings.put("ALLOW_INTERNAL_RELAYS", inherited.getOrDefault("ALLOW_INTERNAL_RELAYS", "true"));
    settings.put("RELAY_PORTS", inherited.getOrDefault("RELAY_PORTS", "1-65535"));
    if (role == Role.WORKER) {
      smtp(settings);
    } else {
      // The service's own role, which cannot change the schema; the owner's login migrates it.
      settings.put("DATABASE_URL", databaseUrl);
      settings.put("DATABASE_USER", "tallypost_" + role.word());
      settings.put("DATABASE_PASSWORD", databasePassword);
      settings.put("SPRING_FLYWAY_USER", "tallypost_owner");
      settings.put("SPRING_FLYWAY_PASSWORD", databasePassword);
    }
    if (role == Role.INTAKE) {
      settings.put("OPERATOR_KEY_FILE", operatorKeyFile.toString());
      // On a trial stack nobody needs to confirm it: it stays.
      settings.put("TALLYPOST_OPERATOR_KEY_CONFIRM_WITHIN", "36500d");
    }
    String ownPrefix = "STACK_" + role.name() + "_";
    inherited.forEach((name, value) -> {
      if (name.startsWith(ownPrefix)) {
        settings.put(name.substring(ownPrefix.length()), value);
      }
    });
    return settings;
  }

  /** What a process of this role that is started elsewhere, as in an IDE, must be given: a file. */
  public String file(Role role) {
    return of(role).entrySet().stream()
        .filter(setting -> !setting.getValue().isEmpty())
        .sorted(Map.Entry.comparingByKey())
        .map(setting -> setting.getKey() + "=" + setting.getValue() + "\n")
        .collect(Collectors.joining());
  }

  private void smtp(Map<String, String> settings) {
    settings.put("SMTP_HOST", smtp.host());
    settings.put("SMTP_PORT", Integer.toString(smtp.port()));
    settings.put("SMTP_SECURITY", "none");
    if (ownSink) {
      // A real relay's credentials in the caller's environment are not for the sink; an empty value
      // removes them.
      settings.put("SMTP_USER", "");
      settings.put("SMTP_PASSWORD", "");
    }
  }
}
