package io.tallypost.kit.settings;

import io.tallypost.kit.settings.ShortNames.ShortName;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.bind.Bindable;

/** The platform's own settings that have a short name. */
final class Platform {
  private static final String PORT =
      "0|[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5]";

  private record Rule(String meaning, String expected, String allowed) {}

  private static final Map<String, Rule> RULES =
      Map.ofEntries(
          Map.entry(
              "SERVER_PORT",
              new Rule(
                  "Port of the REST API; 0 takes any free one.",
                  "must be a port, 0 to 65535",
                  PORT)),
          Map.entry(
              "MANAGEMENT_PORT",
              new Rule(
                  "Port of health and metrics, for the operator's network only.",
                  "must be a port, 0 to 65535",
                  PORT)),
          Map.entry(
              "KAFKA_BOOTSTRAP_SERVERS",
              new Rule(
                  "Kafka's brokers, host:port.",
                  "must be host:port, several separated by commas",
                  "\\s*[^\\s,:]+:\\d+\\s*(,\\s*[^\\s,:]+:\\d+\\s*)*")),
          Map.entry(
              "DATABASE_URL",
              new Rule(
                  "JDBC URL of PostgreSQL.",
                  "must be a JDBC URL, such as jdbc:postgresql://localhost:5432/tallypost",
                  "jdbc:postgresql:.+")),
          Map.entry("DATABASE_USER", new Rule("PostgreSQL user.", "must not be blank", ".*\\S.*")),
          Map.entry("DATABASE_PASSWORD", new Rule("Its password.", "must be text", ".*")),
          Map.entry(
              "SECRETS_DIRECTORY",
              new Rule(
                  "A folder with secrets as files, each named after its property or environment variable.",
                  "must be a folder",
                  ".*\\S.*")),
          Map.entry(
              "TRACING_SAMPLE_RATIO",
              new Rule(
                  "Share of traces begun here that is exported, 0 to 1.",
                  "must be a number from 0 to 1",
                  "0|1|0?\\.\\d+|[01]\\.0*|0\\.\\d+")),
          Map.entry(
              "LOG_LEVEL",
              new Rule(
                  "Tallypost's log level.",
                  "must be one of trace, debug, info, warn, error, off",
                  "(?i)trace|debug|info|warn|error|off")),
          Map.entry(
              "SWAGGER_UI",
              new Rule(
                  "Whether `/swagger-ui` shows the API in a browser.",
                  "must be true or false",
                  "true|false")),
          Map.entry(
              "LOG_FORMAT",
              new Rule("The form of log lines.", "must be text or json", "text|json")));

  private Platform() {}

  static Setting setting(String property, ShortName name) {
    Rule rule = RULES.getOrDefault(name.variable(), new Rule("", "must be text", "(?s).*"));
    return new Setting(
        property,
        name.variable(),
        Bindable.of(String.class),
        name.byDefault(),
        rule.meaning(),
        null,
        "",
        List.of(),
        rule.expected(),
        Pattern.compile(rule.allowed()));
  }
}
