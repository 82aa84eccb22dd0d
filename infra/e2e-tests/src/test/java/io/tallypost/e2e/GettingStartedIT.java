package io.tallypost.e2e;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who follows docs/getting-started.md word for word sees what it says. */
class GettingStartedIT {
  private static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();

  @Test
  void leadsToADeliveredARefusedAndABouncedMail(@TempDir Path copy) throws Exception {
    TallypostStack stack = TallypostStack.running();
    // What a reader sees of the repository, with the data of the stack that runs already.
    for (String name : List.of("Makefile", "infra")) {
      Files.createSymbolicLink(copy.resolve(name), ROOT.resolve(name));
    }
    Files.createSymbolicLink(copy.resolve(".tallypost"), stack.directory());
    String page = Files.readString(ROOT.resolve("docs/getting-started.md"));

    new Walkthrough(page.replace("http://localhost:8080", stack.apiUrl())).run(copy);
  }
}
