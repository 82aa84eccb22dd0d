package io.tallypost.kit.settings;

import io.tallypost.kit.sizes.RecordSizeCheck;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.Validation;
import jakarta.validation.Validator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.util.unit.DataSize;

/**
 * Finds everything that is wrong with the settings, while Spring Boot stops at the first fault:
 * each value is converted and checked alone, then each record as a whole, with defaults in place of
 * wrong values.
 */
final class SettingsCheck {
  private final Catalog catalog;
  private final ConfigurableEnvironment environment;
  private final Map<String, String> wrong = new HashMap<>();
  private final List<SettingProblem> problems = new ArrayList<>();

  private SettingsCheck(Catalog catalog, ConfigurableEnvironment environment) {
    this.catalog = catalog;
    this.environment = environment;
  }

  /** All that is wrong; empty if the service may start. */
  static List<SettingProblem> problems(Catalog catalog, ConfigurableEnvironment environment) {
    var check = new SettingsCheck(catalog, environment);
    var bootstrap =
        Validation.byDefaultProvider()
            .configure()
            .messageInterpolator(
                new ParameterMessageInterpolator(Set.of(Locale.ENGLISH), Locale.ENGLISH, false));
    try (var factory = bootstrap.buildValidatorFactory()) {
      var validator = factory.getValidator();
      catalog.settings().forEach(setting -> check.one(setting, validator));
      catalog.records().forEach((prefix, type) -> check.whole(prefix, type, validator));
    }
    check.recordSizes();
    check.problems.addAll(UnknownSettings.problems(catalog, environment));
    return List.copyOf(check.problems);
  }

  private void one(Setting setting, Validator validator) {
    var allowed = setting.allowed();
    if (allowed != null) {
      platform(setting, allowed);
      return;
    }
    @Nullable Object value;
    try {
      var result = binder(defaults()).bind(setting.property(), setting.target());
      value = result.isBound() ? result.get() : defaultOf(setting);
    } catch (BindException | IllegalArgumentException e) {
      report(setting, setting.expected());
      return;
    }
    var owner = setting.owner();
    if (owner != null) {
      validator.validateValue(owner, setting.component(), value).stream()
          .map(ConstraintViolation::getMessage)
          .sorted()
          .findFirst()
          .ifPresent(message -> report(setting, message));
    }
  }

  private void platform(Setting setting, Pattern allowed) {
    try {
      String text = environment.getProperty(setting.property());
      if (text != null && !allowed.matcher(text).matches()) {
        report(setting, setting.expected());
      }
    } catch (IllegalArgumentException e) {
      report(setting, setting.expected());
    }
  }

  private static @Nullable Object defaultOf(Setting setting) {
    String byDefault = setting.byDefault();
    // A record's blank default is text.
    return byDefault == null && setting.type() == String.class && !setting.constraints().isEmpty()
        ? ""
        : null;
  }

  private void whole(String prefix, Class<?> type, Validator validator) {
    Object bound;
    try {
      bound = binder(overlay()).bindOrCreate(prefix, Bindable.of(type));
    } catch (BindException | IllegalArgumentException e) {
      problems.addAll(failed(prefix, e).stream().toList());
      return;
    }
    for (var violation : validator.validate(bound)) {
      String path =
          StreamSupport.stream(violation.getPropertyPath().spliterator(), false)
              .map(node -> DataObjectPropertyName.toDashedForm(String.valueOf(node.getName())))
              .collect(Collectors.joining("."));
      String property = prefix + "." + path;
      if (find(property).isEmpty()) {
        concerning(violation, property)
            .ifPresent(label -> problems.add(new SettingProblem(label, violation.getMessage())));
      }
    }
  }

  /** What one service takes must fit into the records of all. */
  private void recordSizes() {
    try {
      var sizes = binder(defaults());
      var body = sizes.bind("tallypost.web.max-body", DataSize.class);
      var record = sizes.bind("tallypost.topics.max-record", DataSize.class);
      var request =
          // All forms of the name, as Spring Boot reads it.
          sizes
              .bind("spring.kafka.producer.properties", Bindable.mapOf(String.class, String.class))
              .map(properties -> properties.get(ProducerConfig.MAX_REQUEST_SIZE_CONFIG))
              .map(bytes -> DataSize.ofBytes(Long.parseLong(bytes)))
              .orElse(RecordSizeCheck.KAFKAS_MAX_REQUEST_SIZE);
      if (body.isBound() && record.isBound()) {
        RecordSizeCheck.of(body.get(), record.get(), request)
            .ifPresent(found ->
                problems.add(
                    new SettingProblem(
                        label(found.property()),
                        "must be at least %d bytes, %s; it is %d"
                            .formatted(found.atLeast(), found.reason(), found.bytes()))));
      }
    } catch (BindException | IllegalArgumentException e) {
      // Each of them that cannot be read has a problem of its own, or Kafka's client says so.
    }
  }

  private String label(String property) {
    return find(property)
        .map(Setting::label)
        .orElse(property + " (" + Setting.canonicalEnvironment(property) + ")");
  }

  /** The settings of a rule over several; none, if one of them is wrong by itself. */
  private Optional<String> concerning(ConstraintViolation<?> violation, String property) {
    String bean = property.substring(0, property.lastIndexOf('.'));
    String last = "";
    for (var node : violation.getPropertyPath()) {
      last = String.valueOf(node.getName());
    }
    String rule = last;
    var properties = new HashSet<String>();
    for (var method : violation.getLeafBean().getClass().getDeclaredMethods()) {
      var concerns = method.getAnnotation(Concerns.class);
      if (concerns != null && method.getName().equalsIgnoreCase("is" + rule)) {
        Arrays.stream(concerns.value())
            .map(name -> bean + "." + DataObjectPropertyName.toDashedForm(name))
            .forEach(properties::add);
      }
    }
    if (properties.stream().anyMatch(wrong::containsKey)) {
      return Optional.empty();
    }
    return Optional.of(
        properties.isEmpty()
            ? bean + " (" + Setting.canonicalEnvironment(bean) + "_…)"
            : catalog.settings().stream()
                .filter(setting -> properties.contains(setting.property()))
                .map(Setting::label)
                .collect(Collectors.joining(", ")));
  }

  /** A record that refuses its values; nothing if that was to be expected. */
  private Optional<SettingProblem> failed(String prefix, Exception refusal) {
    if (wrong.keySet().stream().anyMatch(property -> property.startsWith(prefix + "."))) {
      return Optional.empty();
    }
    Throwable cause = refusal;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return Optional.of(
        new SettingProblem(
            prefix + " (" + Setting.canonicalEnvironment(prefix) + "_…)",
            String.valueOf(cause.getMessage())));
  }

  private void report(Setting setting, String expected) {
    String byDefault = setting.byDefault();
    if (setting.owner() != null) {
      wrong.put(setting.property(), byDefault == null ? "" : byDefault);
    }
    problems.add(new SettingProblem(setting.label(), expected + found(setting)));
  }

  private String found(Setting setting) {
    if (setting.isSecret()) {
      return "";
    }
    try {
      String text = environment.getProperty(setting.property());
      return text == null || text.isBlank() ? "" : "; it is \"" + Masked.url(text) + "\"";
    } catch (IllegalArgumentException e) {
      return "; it names a variable that has no value";
    }
  }

  private Optional<Setting> find(String property) {
    return catalog.settings().stream().filter(s -> s.property().equals(property)).findFirst();
  }

  private Binder binder(Sources sources) {
    var all = new ArrayList<ConfigurationPropertySource>();
    if (sources.first() != null) {
      all.add(sources.first());
    }
    ConfigurationPropertySources.get(environment).forEach(all::add);
    if (sources.last() != null) {
      all.add(sources.last());
    }
    return new Binder(all, new PropertySourcesPlaceholdersResolver(environment));
  }

  private record Sources(
      @Nullable ConfigurationPropertySource first, @Nullable ConfigurationPropertySource last) {}

  private Sources overlay() {
    return new Sources(new MapConfigurationPropertySource(wrong), null);
  }

  private Sources defaults() {
    var defaults = new HashMap<String, String>();
    for (Setting setting : catalog.settings()) {
      String byDefault = setting.byDefault();
      if (byDefault != null && setting.owner() != null) {
        defaults.put(setting.property(), byDefault);
      }
    }
    return new Sources(null, new MapConfigurationPropertySource(defaults));
  }
}
