package io.tallypost.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A reader at a shell who works through a page from top to bottom: sets the variables that the page
 * names, and runs its {@code curl} lines as they stand there. A line is answered 2xx, or what its
 * comment says ({@code # 429}).
 */
final class ShellSession {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Pattern FENCE = Pattern.compile("(?ms)^```sh\\n(.*?)^```$");
  private static final Pattern REFUSED = Pattern.compile("# (4\\d\\d)\\b[^\\n]*$");
  private static final Pattern ASSIGNMENT =
      Pattern.compile("([A-Z_]+)=(\\S+)(?:\\s+#\\s*(?:the answer's (\\w+)$)?.*)?");

  private final Map<String, String> offered;
  private final Map<String, String> variables = new HashMap<>();
  private final Path curlHome;
  private JsonNode lastAnswer = JSON.createObjectNode();
  private int calls;

  /**
   * Begins a session.
   *
   * @param offered what the reader has at hand, by the names that pages give it
   * @param curlHome an empty folder, for what makes curl tell the status without a change of lines
   */
  ShellSession(Map<String, String> offered, Path curlHome) throws IOException {
    this.offered = offered;
    this.curlHome = curlHome;
    Files.writeString(curlHome.resolve(".curlrc"), "write-out = \"\\n%{http_code}\"\n");
  }

  static boolean hasShellLines(String page) {
    return FENCE.matcher(page).find();
  }

  /** Runs a page and returns how many calls it made. */
  int workThrough(String page) {
    List<String> statements = new ArrayList<>();
    FENCE.matcher(page).results().forEach(block -> statements.addAll(statements(block.group(1))));
    statements.forEach(this::run);
    return calls;
  }

  /** The statements of a block: lines, joined where a backslash or an open quote goes on. */
  static List<String> statements(String block) {
    List<String> statements = new ArrayList<>();
    String open = "";
    for (String line : block.lines().toList()) {
      open = open.isEmpty() ? line : open + "\n" + line;
      if (!endsInQuotes(open) && !line.endsWith("\\") && !open.isBlank()) {
        statements.add(open);
        open = "";
      }
    }
    assertThat(open).as("the rest of a block").isBlank();
    return statements;
  }

  private static boolean endsInQuotes(String text) {
    boolean quoted = false;
    boolean comment = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      comment = c != '\n' && (comment || (c == '#' && !quoted));
      quoted ^= (c == '\'' && !comment);
    }
    return quoted;
  }

  private void run(String statement) {
    Matcher assignment = ASSIGNMENT.matcher(statement);
    if (assignment.matches()) {
      variables.put(assignment.group(1), value(assignment.group(1), assignment.group(3)));
    } else if (statement.startsWith("curl ")) {
      curl(statement);
    } else if (!statement.startsWith("#")) {
      throw new AssertionError("neither a variable nor a curl line: " + statement);
    }
  }

  private String value(String name, @Nullable String field) {
    String value =
        field == null ? offered.getOrDefault(name, "") : lastAnswer.path(field).asString("");
    assertThat(value).as("what the page says about %s", name).isNotBlank();
    return value;
  }

  private void curl(String line) {
    // An unset variable is an error, as are curl's own.
    var shell = new ProcessBuilder("sh", "-euc", line).redirectErrorStream(true);
    shell.environment().putAll(variables);
    shell.environment().putAll(Map.of("CURL_HOME", curlHome.toString(), "NO_PROXY", "*"));
    try {
      Process process = shell.start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      assertThat(process.waitFor()).as("%s%n%s", line, output).isZero();
      int end = output.lastIndexOf('\n');
      Matcher refused = REFUSED.matcher(line);
      assertThat(output.substring(end + 1))
          .as("%s%n%s", line, output)
          .matches(refused.find() ? refused.group(1) : "2\\d\\d");
      String body = output.substring(0, end);
      lastAnswer = JSON.readTree(body.isBlank() ? "{}" : body);
      calls++;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
