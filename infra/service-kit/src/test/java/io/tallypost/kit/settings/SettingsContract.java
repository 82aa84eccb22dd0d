package io.tallypost.kit.settings;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** A service's settings as its operator meets them: on the command line, and in docs/. */
public final class SettingsContract {
  /** Writes the files under docs/ anew, instead of comparing them. */
  private static final boolean REGENERATE = Boolean.getBoolean("regenerate.docs");

  private static final Path DOCS = Path.of("..", "docs");

  /**
   * The sections of rows that are alike in several services: in all, or in those that the marker
   * names. A new setting first comes to the service's own section; move its row by hand if others
   * have it.
   */
  private static final Pattern SHARED =
      Pattern.compile("<!-- (every-service|[a-z-]+(?:\\+[a-z-]+)+) -->");

  private final Class<?> application;
  private final String service;

  /**
   * A service.
   *
   * @param service its name and its folder's
   */
  public SettingsContract(Class<?> application, String service) {
    this.application = application;
    this.service = service;
  }

  /**
   * What the process said.
   *
   * @param exitCode with which it ended
   */
  public record Said(int exitCode, String out, String err) {
    /** The lines that name a mistake. */
    public List<String> mistakes() {
      return err.lines().filter(line -> line.startsWith("  ")).map(String::strip).toList();
    }
  }

  /** Runs the service's {@code main}, with arguments with which it ends. */
  public Said run(String... args) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    Integer exitCode =
        TallypostService.run(
            application,
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            args);
    return new Said(
        Objects.requireNonNull(exitCode, "it runs on"), out.toString(UTF_8), err.toString(UTF_8));
  }

  /** Compares docs/settings/ and docs/settings.md with the code. */
  public void assertDocumented() throws IOException {
    var catalog = Catalog.read(Objects.requireNonNull(application.getClassLoader()));
    assertThat(catalog.settings())
        .allSatisfy(setting -> assertThat(setting.meaning()).as(setting.property()).isNotBlank());
    compare(DOCS.resolve("settings").resolve(service + ".schema.json"), run("--show-schema").out());
    Path page = DOCS.resolve("settings.md");
    String text = Files.readString(page);
    // What stands in other services' section only is on the class path, and not used.
    Predicate<Setting> isOwn = _ -> true;
    for (String name : SHARED.matcher(text).results().map(found -> found.group(1)).toList()) {
      Section section = Section.of(text, name);
      String rows = section.in(text);
      Predicate<Setting> isIn =
          setting ->
              rows.contains("| `" + setting.property() + "` |")
                  || rows.contains("| `" + setting.environment() + "` |");
      isOwn = isOwn.and(isIn.negate());
      if (name.equals("every-service") || List.of(name.split("\\+", -1)).contains(service)) {
        text = section.replace(text, SettingsPage.of(catalog, isIn));
      }
    }
    text = Section.of(text, service).replace(text, SettingsPage.of(catalog, isOwn));
    compare(page, text);
  }

  /** What stands between two markers of the page. */
  private record Section(int from, int to) {
    static Section of(String page, String name) {
      String begin = "<!-- " + name + " -->\n";
      int from = page.indexOf(begin) + begin.length();
      int to = page.indexOf("<!-- end of " + name + " -->");
      assertThat(to).as("markers of %s in docs/settings.md", name).isGreaterThan(from - 1);
      return new Section(from, to);
    }

    String in(String page) {
      return page.substring(from, to);
    }

    String replace(String page, String text) {
      return page.substring(0, from) + text + page.substring(to);
    }
  }

  private static void compare(Path file, String generated) throws IOException {
    if (REGENERATE) {
      Files.createDirectories(Objects.requireNonNull(file.getParent()));
      Files.writeString(file, generated);
    }
    assertThat(Files.readString(file))
        .as("%s differs from the code; `make docs` writes it anew", file)
        .isEqualTo(generated);
  }
}
