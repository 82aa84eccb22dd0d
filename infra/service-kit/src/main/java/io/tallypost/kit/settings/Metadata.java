package io.tallypost.kit.settings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the configuration processor wrote when the code was compiled.
 *
 * @param records the settings records by their prefix
 * @param meanings the descriptions by property
 */
record Metadata(Map<String, Class<?>> records, Map<String, String> meanings) {
  private static final String FILE = "META-INF/spring-configuration-metadata.json";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  static Metadata read(ClassLoader classes) {
    var records = new TreeMap<String, Class<?>>();
    var meanings = new HashMap<String, String>();
    try {
      for (var url : Collections.list(classes.getResources(FILE))) {
        byte[] bytes;
        try (var stream = url.openStream()) {
          bytes = stream.readAllBytes();
        }
        var metadata = JSON.readTree(bytes);
        for (var group : metadata.path("groups")) {
          String name = group.path("name").asString("");
          String type = group.path("type").asString("");
          if (isOurs(name) && type.equals(group.path("sourceType").asString(""))) {
            records.put(name, Class.forName(type, false, classes));
          }
        }
        for (var property : metadata.path("properties")) {
          String name = property.path("name").asString("");
          if (isOurs(name)) {
            meanings.put(name, plain(property.path("description").asString("")));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("the metadata names a class that is not there", e);
    }
    return new Metadata(records, meanings);
  }

  private static boolean isOurs(String name) {
    return name.equals("tallypost") || name.startsWith("tallypost.");
  }

  /** Without Javadoc's braces. */
  private static String plain(String description) {
    return description.replaceAll("\\{@\\w+ ([^}]*)}", "`$1`").replaceAll("\\s+", " ").strip();
  }
}
