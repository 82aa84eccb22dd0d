package io.tallypost.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import javax.tools.ToolProvider;

/**
 * A second build of a service: of the same sources, but that its events have a field that this
 * version does not know, and its database a column.
 */
final class NextVersion {
  /** The field that is added to every event and config value. */
  static final String FIELD = "added_later";

  private static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();
  private static final String EVENT_JSON = "io/tallypost/events/EventJson";
  private static final String LIBRARIES = "BOOT-INF/lib/";

  /** By service: a migration like those that a release may bring. */
  private static final Map<String, String> MIGRATIONS =
      Map.of(
          "intake-service", "ALTER TABLE intake.api_key ADD COLUMN added_later text;",
          "quota-service", "ALTER TABLE quota.decision ADD COLUMN added_later text;",
          "audit-service", "ALTER TABLE audit.message ADD COLUMN added_later text DEFAULT 'now';");

  private NextVersion() {}

  /** Builds it from this version's jar, under the same name in another folder. */
  static Path of(String service, Path folder) {
    Path built = ROOT.resolve(service).resolve("target").resolve(service + ".jar");
    try {
      Files.createDirectories(folder);
      Path next = folder.resolve(service + ".jar");
      byte[] eventJson = compile(built, folder.resolve("classes"));
      String migration = MIGRATIONS.get(service);
      Map<String, byte[]> added =
          migration == null
              ? Map.of()
              : Map.of(
                  "BOOT-INF/classes/db/migration/V900__added_later.sql", migration.getBytes(UTF_8));
      Files.write(
          next,
          rewritten(
              Files.readAllBytes(built),
              Map.of(
                  LIBRARIES + "common-events",
                  library -> rewritten(library, Map.of(EVENT_JSON, _ -> eventJson), Map.of()),
                  "META-INF/MANIFEST.MF",
                  manifest ->
                      new String(manifest, UTF_8)
                          .replaceFirst("(Implementation-Version: ).*", "$19.9.9")
                          .getBytes(UTF_8)),
              added));
      return next;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The codec of a version that says more. */
  private static byte[] compile(Path jar, Path folder) throws IOException {
    Files.createDirectories(folder);
    List<String> libraries = new ArrayList<>();
    try (var in = new ZipInputStream(Files.newInputStream(jar))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        if (entry.getName().matches(LIBRARIES + "(jackson-|jspecify-|common-events-).*")) {
          Path library = folder.resolve(entry.getName().substring(LIBRARIES.length()));
          Files.write(library, in.readAllBytes());
          libraries.add(library.toString());
        }
      }
    }
    String ours =
        Files.readString(ROOT.resolve("common-events/src/main/java/" + EVENT_JSON + ".java"));
    String next =
        ours.replace(
            "return MAPPER.writeValueAsBytes(value);",
            """
            tools.jackson.databind.JsonNode tree = MAPPER.valueToTree(value);
            if (tree instanceof tools.jackson.databind.node.ObjectNode event && event.has("v")) {
              event.putArray("%s").add(1).addObject().put("new", true);
            }
            return MAPPER.writeValueAsBytes(tree);
            """
                .formatted(FIELD));
    if (next.equals(ours)) {
      throw new IllegalStateException("EventJson has changed: say here how a field is added");
    }
    Path source = folder.resolve("EventJson.java");
    Files.writeString(source, next);
    int failures =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                String.join(System.getProperty("path.separator"), libraries),
                "-d",
                folder.toString(),
                source.toString());
    if (failures != 0) {
      throw new IllegalStateException("the next version's EventJson does not compile");
    }
    return Files.readAllBytes(folder.resolve(EVENT_JSON + ".class"));
  }

  /** A jar with other entries; those in it that are not compressed stay so: they are jars. */
  private static byte[] rewritten(
      byte[] jar, Map<String, UnaryOperator<byte[]>> changes, Map<String, byte[]> added) {
    var bytes = new ByteArrayOutputStream();
    var changed = changes.keySet().stream().collect(Collectors.toSet());
    try (var in = new ZipInputStream(new ByteArrayInputStream(jar));
        var out = new ZipOutputStream(bytes)) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        byte[] content = in.readAllBytes();
        for (var change : changes.entrySet()) {
          if (entry.getName().matches(change.getKey() + "([-.].*)?")) {
            content = change.getValue().apply(content);
            changed.remove(change.getKey());
          }
        }
        put(out, entry.getName(), content, entry.getMethod());
      }
      for (var entry : added.entrySet()) {
        put(out, entry.getKey(), entry.getValue(), ZipEntry.DEFLATED);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (!changed.isEmpty()) {
      throw new IllegalStateException("not in the jar: " + changed);
    }
    return bytes.toByteArray();
  }

  private static void put(ZipOutputStream out, String name, byte[] content, int method)
      throws IOException {
    var entry = new ZipEntry(name);
    entry.setMethod(method);
    if (method == ZipEntry.STORED) {
      var crc = new CRC32();
      crc.update(content);
      entry.setCrc(crc.getValue());
      entry.setSize(content.length);
      entry.setCompressedSize(content.length);
    }
    out.putNextEntry(entry);
    out.write(requireNonNull(content));
    out.closeEntry();
  }
}
