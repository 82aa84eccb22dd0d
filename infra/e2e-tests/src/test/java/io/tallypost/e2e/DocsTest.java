package io.tallypost.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What can be said about the documentation without running anything. */
class DocsTest {
  private static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();
  private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```$|`[^`\\n]*`|<!--.*?-->");
  private static final Pattern FENCE = Pattern.compile("(?ms)^```.*?^```$");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?) *$");

  @Test
  void everyLinkLeadsToAFileAndAHeading() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      String text = CODE.matcher(Files.readString(page)).replaceAll("");
      for (String link : LINK.matcher(text).results().map(match -> match.group(1)).toList()) {
        if (!leadsSomewhere(page, link)) {
          broken.add(ROOT.relativize(page) + ": " + link);
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void everyPageBeginsWithWhomItIsFor() throws IOException {
    List<String> silent = new ArrayList<>();
    for (Path page : pages()) {
      boolean says =
          Files.readString(page)
              .lines()
              .filter(line -> !line.isBlank() && !line.startsWith("#"))
              .findFirst()
              .filter(line -> line.startsWith("For "))
              .isPresent();
      if (page.startsWith(ROOT.resolve("docs")) && !says) {
        silent.add(ROOT.relativize(page).toString());
      }
    }
    assertThat(silent).isEmpty();
  }

  /** The language sh means that a test runs it, console that none can. */
  @Test
  void everyCurlLineStandsInABlockThatSaysWhetherItIsRun() throws IOException {
    for (Path page : pages()) {
      String rest = Files.readString(page).replaceAll("(?ms)^```(?:sh|console)\\n.*?^```$", "");
      assertThat(rest).as(page.toString()).doesNotContainPattern("\\bcurl\\s+-");
    }
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> top = Files.list(ROOT);
        Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      List<Path> pages =
          Stream.concat(top, docs).filter(file -> file.toString().endsWith(".md")).toList();
      assertThat(pages).hasSizeGreaterThan(20);
      return pages;
    }
  }

  private static boolean leadsSomewhere(Path page, String link) throws IOException {
    URI target = URI.create(link);
    if (target.getScheme() != null) {
      return true;
    }
    Path file =
        target.getPath().isEmpty() ? page : page.resolveSibling(target.getPath()).normalize();
    if (!file.startsWith(ROOT) || !Files.exists(file)) {
      return false;
    }
    return target.getFragment() == null || anchors(file).contains(target.getFragment());
  }

  /** The headings of a page, by the names that GitHub gives them. */
  private static Set<String> anchors(Path page) throws IOException {
    Map<String, Integer> seen = new HashMap<>();
    Set<String> anchors = new HashSet<>();
    String text = FENCE.matcher(Files.readString(page)).replaceAll("");
    HEADING
        .matcher(text)
        .results()
        .map(match -> slug(match.group(1)))
        .forEach(slug -> {
          int before = seen.merge(slug, 1, Integer::sum) - 1;
          anchors.add(before == 0 ? slug : slug + "-" + before);
        });
    return anchors;
  }

  private static String slug(String heading) {
    return heading
        .replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N} _-]", "")
        .replace(' ', '-');
  }
}
