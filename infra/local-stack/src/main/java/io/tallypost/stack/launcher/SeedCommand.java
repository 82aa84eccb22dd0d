package io.tallypost.stack.launcher;

import io.tallypost.stack.cli.UsageException;
import io.tallypost.stack.cli.WholeNumber;
import io.tallypost.stack.control.StackFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code stack seed}. */
@Command(
    name = "seed",
    description = "Makes a sending key and prints it once; asks for what is missing.")
final class SeedCommand implements Callable<Integer> {

  @Option(names = "--name", paramLabel = "NAME", description = "the name of the key")
  private Optional<String> name = Optional.empty();

  @Option(names = "--limit", paramLabel = "N", description = "how many mails a day it may send")
  private Optional<String> limit = Optional.empty();

  @Mixin private DataOption data = new DataOption();

  @Override
  public Integer call() throws IOException {
    JsonNode stack = StackFile.read(data.data());
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String keyName = name.isPresent() ? name.get() : ask(in, "Name of the key: ");
    String text = limit.isPresent() ? limit.get() : ask(in, "Mails a day [1000]: ");
    int daily =
        WholeNumber.parse(
            "the daily limit (--limit)", text.isBlank() ? "1000" : text, 1, 100_000_000);
    JsonNode made =
        new Api(URI.create(stack.path("api").asString()))
            .createKey(stack.path("admin_key").asString(), keyName, daily);
    System.out.println(made.path("api_key").asString());
    return 0;
  }

  private static String ask(BufferedReader in, String question) throws IOException {
    System.err.print(question);
    System.err.flush();
    String answer = in.readLine();
    if (answer == null) {
      throw new UsageException("give NAME=… and LIMIT=… where nobody can be asked");
    }
    return answer.strip();
  }
}
