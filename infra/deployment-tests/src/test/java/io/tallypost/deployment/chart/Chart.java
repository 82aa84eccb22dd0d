package io.tallypost.deployment.chart;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.springframework.util.FileSystemUtils;

/** Tallypost's chart, and what it becomes. */
final class Chart {
  static final Path ROOT = Path.of("..", "..");
  static final Path DIRECTORY = ROOT.resolve("helm").resolve("tallypost");

  /** Those of {@code ci/}; the chart's own are refused. */
  static final List<String> VALUES = List.of("trial", "minimal", "production", "air-gapped");

  static final List<String> SERVICES =
      List.of("intake-service", "quota-service", "delivery-worker", "audit-service");

  /** The release's name; all names begin with it. */
  static final String RELEASE = "tallypost";

  static final String NAMESPACE = "mail";

  /** Helm's command to render leaves hooks out; in this copy what is a hook is like all else. */
  private static final Path WITHOUT_HOOKS = withoutHooks(Path.of("target", "chart"));

  private static final Map<String, Rendered> RENDERED = new ConcurrentHashMap<>();

  private Chart() {}

  /** What the cluster is told to make with one of {@link #VALUES}. */
  static Rendered rendered(String values) {
    return RENDERED.computeIfAbsent(values, name -> rendered(ci(name)));
  }

  /** What it is told with these values, the later over the earlier. */
  static Rendered rendered(Path... values) {
    TemplateCommand template = template(WITHOUT_HOOKS);
    for (Path each : values) {
      template = template.withValuesFile(each);
    }
    return Rendered.read(template.call());
  }

  /** What comes of a chart, be it a folder or an archive. */
  static TemplateCommand template(Path chart) {
    return new Helm(chart)
        .template()
        .withName(RELEASE)
        .withNamespace(NAMESPACE)
        .withKubeVersion("1.34.0");
  }

  static Path ci(String values) {
    return DIRECTORY.resolve("ci").resolve(values + "-values.yaml");
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path withoutHooks(Path copy) {
    try (Stream<Path> files = Files.walk(DIRECTORY, FileVisitOption.FOLLOW_LINKS)) {
      FileSystemUtils.deleteRecursively(copy);
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = copy.resolve(DIRECTORY.relativize(file));
        Files.createDirectories(target.getParent());
        Files.writeString(target, Files.readString(file).replaceAll("helm.sh/hook\\S*: .*", ""));
      }
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
