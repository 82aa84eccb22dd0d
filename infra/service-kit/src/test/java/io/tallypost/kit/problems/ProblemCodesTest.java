package io.tallypost.kit.problems;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;

/** Whatever is refused has a code that docs/api.md lists, and no code is listed that none has. */
class ProblemCodesTest {
  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  private static final List<String> SERVICES =
      List.of("infra/service-kit", "intake-service", "quota-service", "audit-service");

  /** What makes a problem, up to its code, and the argument that is the code. */
  private static final Pattern MADE =
      Pattern.compile(
          "(?s)(?:new ProblemException\\(\\s*(?:HttpStatus\\.)?\\w+\\s*,|\\bconflict\\()\\s*([^,;{]+?)\\s*[,)]");

  private static final Pattern LITERAL = Pattern.compile("\"([a-z_]+)\"");

  /** With these a code is only handed on, or made of a status, which is tried below. */
  private static final Set<String> NO_LITERALS = Set.of("code", "String code", "status.name(");

  @Test
  void everyCodeIsListedAndEveryListedCodeIsThere() throws IOException {
    var made = new TreeSet<String>();
    var unread = new TreeSet<String>();
    for (String source : sources()) {
      MADE.matcher(source)
          .results()
          .map(problem -> problem.group(1))
          .forEach(code -> {
            var literals = LITERAL.matcher(code).results().map(found -> found.group(1)).toList();
            made.addAll(literals);
            if (literals.isEmpty()) {
              unread.add(code);
            }
          });
    }
    assertThat(made).contains("replay_");
    made.remove("replay_");
    made.addAll(codesByState());
    made.addAll(codesByStatus());

    unread.removeAll(NO_LITERALS);
    assertThat(unread).as("codes that this test cannot read").isEmpty();
    assertThat(made).hasSizeGreaterThan(40).containsExactlyInAnyOrderElementsOf(listed());
  }

  /** Whatever status the framework or the container may think of. */
  @Test
  void everyStatusHasAListedCode() throws IOException {
    assertThat(listed()).containsAll(codesByStatus());
    assertThat(Refusals.byContainer(599).code()).isEqualTo("internal_error");
    assertThat(Refusals.byContainer(503).code()).isEqualTo("unavailable");
  }

  /** A replay that is in another state than it should be has a code of that state. */
  private static Set<String> codesByState() throws IOException {
    String states =
        Files.readString(
            ROOT.resolve("audit-service/src/main/java/io/tallypost/audit/replay/ReplayState.java"));
    return Pattern.compile("(?m)^  ([A-Z_]+)[,;]$")
        .matcher(states)
        .results()
        .map(state -> "replay_" + state.group(1).toLowerCase(Locale.ROOT))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> codesByStatus() {
    return Arrays.stream(HttpStatus.values())
        .filter(HttpStatus::isError)
        .map(status -> Refusals.byContainer(status.value()).code())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The codes of the table. */
  private static Set<String> listed() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/api.md"));
    return page.lines()
        .filter(line -> line.matches("\\| [1-5][0-9]{2}[^|]*\\| `.*"))
        .flatMap(line -> Pattern.compile("`([a-z_]+)`").matcher(line.split("\\|", -1)[2]).results())
        .map(code -> code.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<String> sources() throws IOException {
    var sources = new ArrayList<String>();
    for (String service : SERVICES) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(service).resolve("src/main/java"))) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          sources.add(Files.readString(file));
        }
      }
    }
    return sources;
  }
}
