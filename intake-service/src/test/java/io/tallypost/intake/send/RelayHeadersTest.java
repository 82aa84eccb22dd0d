package io.tallypost.intake.send;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class RelayHeadersTest {

  @Test
  void hasASourceForEachEntryAndEachEntryOnce() {
    assertThat(RelayHeaders.orders())
        .allSatisfy(order -> {
          assertThat(order.name()).matches("[A-Za-z][A-Za-z-]*\\*?");
          assertThat(order.relay()).isNotBlank();
          assertThat(order.source()).isNotBlank();
          assertThat(RelayHeaders.isOrder(order.name().replace("*", "Anything"))).isTrue();
        })
        .extracting(RelayHeaders.Order::name)
        .doesNotHaveDuplicates();
  }

  @Test
  void isTheListThatTheDocumentationShows() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "api.md"));

    assertThat(RelayHeaders.orders())
        .allSatisfy(order ->
            assertThat(page).contains("| `" + order.name() + "` | " + order.relay() + " |"));
    assertThat(page.lines().filter(line -> line.matches("\\| `[A-Za-z-]+\\*?` \\| [^|]+ \\|")))
        .hasSize(RelayHeaders.orders().size());
  }
}
