package io.tallypost.stack.cli;

import io.tallypost.stack.PartFailedException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * A command of picocli that tells what is wrong in one line: it exits with 2 when it was wrongly
 * used, and with 1 when a part of the stack failed.
 */
public final class Program {

  private static final int WIDTH = 120;

  private Program() {}

  /** Where the repository is that this program runs from. */
  public static Path root() {
    return Path.of(System.getProperty("tallypost.root", ".")).toAbsolutePath().normalize();
  }

  /** The command with its subcommands, each with {@code --help}. */
  public static CommandLine of(Object command) {
    CommandLine program = new CommandLine(command);
    addHelp(program.getCommandSpec());
    program.getSubcommands().values().forEach(sub -> addHelp(sub.getCommandSpec()));
    return program
        // A name may begin with @; the last one of an option given twice counts, as in `make run`.
        .setExpandAtFiles(false)
        .setOverwrittenOptionsAllowed(true)
        .setUsageHelpWidth(WIDTH)
        .setExecutionStrategy(Program::execute)
        .setParameterExceptionHandler((wrong, _) -> refuse(wrong))
        .setExecutionExceptionHandler((failure, line, _) -> fail(failure, line));
  }

  private static void addHelp(CommandSpec command) {
    if (command.findOption("--help") == null) {
      command.addOption(
          OptionSpec.builder("-h", "--help").usageHelp(true).description("shows this").build());
    }
    command.usageMessage().sortOptions(false);
  }

  private static int execute(ParseResult result) {
    if (result.hasSubcommand() && !result.isUsageHelpRequested()) {
      String command = result.subcommand().commandSpec().name();
      result.matchedOptions().stream()
          .findFirst()
          .ifPresent(option -> {
            throw new ParameterException(
                result.commandSpec().commandLine(),
                "%s stands before %s: options follow the command that takes them"
                    .formatted(option.longestName(), command));
          });
    }
    return new RunLast().execute(result);
  }

  private static int refuse(ParameterException wrong) {
    CommandSpec command = wrong.getCommandLine().getCommandSpec();
    wrong
        .getCommandLine()
        .getErr()
        .printf(
            "%s: %s; see %s --help%n",
            command.root().name(), message(wrong), command.qualifiedName());
    return ExitCode.USAGE;
  }

  private static String message(ParameterException wrong) {
    return switch (wrong) {
      case UnmatchedArgumentException unknown ->
          "unknown argument " + unknown.getUnmatched().getFirst();
      case MissingParameterException missing when !missing.getMissing().isEmpty() ->
          name(missing.getMissing().getFirst()) + " wants a value";
      default -> String.valueOf(wrong.getMessage());
    };
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }

  private static int fail(Exception failure, CommandLine line) throws Exception {
    int code =
        switch (failure) {
          case UsageException _ -> ExitCode.USAGE;
          case PartFailedException _, IllegalStateException _ -> ExitCode.SOFTWARE;
          default -> throw failure;
        };
    line.getErr().printf("%s: %s%n", line.getCommandSpec().root().name(), failure.getMessage());
    return code;
  }
}
