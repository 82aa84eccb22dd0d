package io.tallypost.kit.settings;

import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Settings of a service as a table for people. */
final class SettingsPage {
  private SettingsPage() {}

  static String of(Catalog catalog, Predicate<Setting> which) {
    return catalog.settings().stream()
        .filter(which)
        .map(SettingsPage::row)
        .collect(
            Collectors.joining(
                "\n",
                "| property | environment variable | default | meaning |\n|---|---|---|---|\n",
                "\n"));
  }

  private static String row(Setting setting) {
    String byDefault = setting.byDefault();
    String rules =
        setting.constraints().stream()
            .map(SettingsSchema::message)
            .filter(message -> message != null)
            .distinct()
            .collect(Collectors.joining("; "));
    return "| %s | `%s` | %s | %s |"
        .formatted(
            setting.property().contains(".") ? "`" + setting.property() + "`" : "",
            setting.environment(),
            byDefault == null ? "" : "`" + byDefault + "`",
            (setting.meaning() + (rules.isEmpty() ? "" : " (" + rules + ")")).replace("|", "\\|"));
  }
}
