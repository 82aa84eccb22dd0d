package io.tallypost.stack.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.stack.cli.Program;
import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** Command lines of {@code bin/stack}. */
final class Words {

  private Words() {}

  /** The command that these words set up, not run. */
  static <T> T command(String[] words, Class<T> command) {
    CommandLine.ParseResult last = Program.of(new StackCommand()).parseArgs(words);
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    return command.cast(last.commandSpec().userObject());
  }

  /** What is said of words that are wrong. */
  static String refused(String... words) {
    StringWriter said = new StringWriter();
    CommandLine stack = Program.of(new StackCommand()).setErr(new PrintWriter(said));

    assertThat(stack.execute(words)).isEqualTo(2);
    return said.toString();
  }

  static String printed(String... words) {
    StringWriter said = new StringWriter();
    CommandLine stack = Program.of(new StackCommand()).setOut(new PrintWriter(said));

    assertThat(stack.execute(words)).isZero();
    return said.toString();
  }
}
