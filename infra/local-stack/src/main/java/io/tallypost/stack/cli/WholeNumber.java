package io.tallypost.stack.cli;

import java.lang.reflect.AnnotatedElement;
import java.util.Optional;
import java.util.Stack;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** Reads a whole number {@link Between} the bounds of its option, and names the option if not. */
public final class WholeNumber implements IParameterConsumer {

  @Override
  public void consumeParameters(Stack<String> words, ArgSpec argument, CommandSpec command) {
    String option = ((OptionSpec) argument).longestName();
    if (words.isEmpty()) {
      throw new ParameterException(command.commandLine(), option + " wants a value");
    }
    Between bounds = ((AnnotatedElement) argument.userObject()).getAnnotation(Between.class);
    try {
      int number = parse(option, words.pop(), bounds.min(), bounds.max());
      argument.setValue(argument.type() == Optional.class ? Optional.of(number) : number);
    } catch (UsageException wrong) {
      throw new ParameterException(command.commandLine(), wrong.getMessage());
    }
  }

  /**
   * The number in this text.
   *
   * @throws UsageException when there is none, or when it is out of bounds
   */
  public static int parse(String what, String text, int min, int max) {
    if (text.matches("\\d{1,9}")) {
      int number = Integer.parseInt(text);
      if (number >= min && number <= max) {
        return number;
      }
    }
    throw new UsageException(
        "%s is a number from %d to %d, not %s".formatted(what, min, max, text));
  }
}
