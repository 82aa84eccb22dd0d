package io.tallypost.stack.launcher;

import io.tallypost.stack.cli.Program;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which stack is meant. */
final class DataOption {

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "the folder of all data, logs and stack.json (.tallypost in the repository)")
  private Path data = Program.root().resolve(".tallypost");

  Path data() {
    return data.toAbsolutePath();
  }
}
