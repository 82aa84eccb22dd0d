package io.tallypost.kit.settings;

import io.tallypost.kit.settings.ShortNames.ShortName;
import java.lang.annotation.Annotation;
import java.lang.reflect.Field;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.ResolvableType;

/**
 * All settings of one service: the components of its settings records, and the platform's settings
 * with a short name.
 *
 * @param settings in alphabetical order
 * @param records by their prefix
 */
record Catalog(List<Setting> settings, Map<String, Class<?>> records, ShortNames shortNames) {

  static Catalog read(ClassLoader classes) {
    var metadata = Metadata.read(classes);
    var shortNames = ShortNames.read(classes);
    var settings = new TreeMap<String, Setting>();
    metadata
        .records()
        .forEach((prefix, type) ->
            components(prefix, type, metadata, shortNames)
                .forEach(setting -> settings.put(setting.property(), setting)));
    shortNames.byProperty().entrySet().stream()
        .filter(entry -> !entry.getKey().startsWith("tallypost."))
        .map(entry -> Platform.setting(entry.getKey(), entry.getValue()))
        .forEach(setting -> settings.put(setting.property(), setting));
    return new Catalog(List.copyOf(settings.values()), metadata.records(), shortNames);
  }

  private static Stream<Setting> components(
      String prefix, Class<?> type, Metadata metadata, ShortNames shortNames) {
    RecordComponent[] components = type.getRecordComponents();
    if (components == null) {
      throw new IllegalStateException(type + " is to be a record");
    }
    var found = new ArrayList<Setting>();
    for (int i = 0; i < components.length; i++) {
      String name = prefix + "." + DataObjectPropertyName.toDashedForm(components[i].getName());
      if (components[i].getType().isRecord()) {
        components(name, components[i].getType(), metadata, shortNames).forEach(found::add);
      } else {
        Parameter parameter = type.getDeclaredConstructors()[0].getParameters()[i];
        found.add(leaf(name, type, components[i], parameter, metadata, shortNames));
      }
    }
    return found.stream();
  }

  private static Setting leaf(
      String name,
      Class<?> owner,
      RecordComponent component,
      Parameter parameter,
      Metadata metadata,
      ShortNames shortNames) {
    Field field = field(owner, component.getName());
    var annotations = List.of(field.getAnnotations());
    Bindable<?> target =
        Bindable.of(ResolvableType.forField(field))
            .withAnnotations(annotations.toArray(Annotation[]::new));
    ShortName shortName = shortNames.byProperty().get(name);
    return new Setting(
        name,
        shortName == null ? Setting.canonicalEnvironment(name) : shortName.variable(),
        target,
        byDefault(parameter, shortName),
        metadata.meanings().getOrDefault(name, ""),
        owner,
        component.getName(),
        annotations,
        Expectations.of(component.getType(), field.getGenericType()),
        null);
  }

  private static @Nullable String byDefault(Parameter parameter, @Nullable ShortName shortName) {
    if (shortName != null && shortName.byDefault() != null) {
      return shortName.byDefault();
    }
    var byDefault = parameter.getAnnotation(DefaultValue.class);
    return byDefault == null || String.join("", byDefault.value()).isEmpty()
        ? null
        : String.join(",", byDefault.value());
  }

  private static Field field(Class<?> owner, String name) {
    try {
      return owner.getDeclaredField(name);
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException(e);
    }
  }
}
