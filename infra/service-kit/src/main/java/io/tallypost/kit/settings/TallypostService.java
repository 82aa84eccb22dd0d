package io.tallypost.kit.settings;

import io.tallypost.kit.database.Migrations;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringApplication.AbandonedRunException;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;

/**
 * Starts a service if its settings are right: wrong ones stop it, all named at once. With {@code
 * --validate} it only checks them, with {@code --print-config} it shows them, with {@code
 * --show-schema} it describes them; none of these needs a broker or a database. With {@code
 * --migrate} it migrates the database's schema, and ends.
 */
public final class TallypostService {
  private static final int RIGHT = 0;
  private static final int WRONG = 1;

  /** What was asked for. */
  private enum Task {
    START,
    MIGRATE,
    VALIDATE,
    PRINT_CONFIG,
    SHOW_SCHEMA;

    static Task of(String[] args) {
      List<String> given = Arrays.asList(args);
      if (given.contains("--show-schema")) {
        return SHOW_SCHEMA;
      }
      if (given.contains("--print-config")) {
        return PRINT_CONFIG;
      }
      if (given.contains("--validate")) {
        return VALIDATE;
      }
      return given.contains("--migrate") ? MIGRATE : START;
    }

    boolean onlyTells() {
      return this != START && this != MIGRATE;
    }
  }

  private final Class<?> application;
  private final PrintStream out;
  private final PrintStream err;
  private int exitCode = RIGHT;

  private TallypostService(Class<?> application, PrintStream out, PrintStream err) {
    this.application = application;
    this.out = out;
    this.err = err;
  }

  /** Does what the arguments say; ends the process unless the service runs. */
  public static void run(Class<?> application, String... args) {
    Integer exitCode =
        run(
            application,
            new PrintStream(System.out, true, StandardCharsets.UTF_8),
            new PrintStream(System.err, true, StandardCharsets.UTF_8),
            args);
    if (exitCode != null) {
      System.exit(exitCode);
    }
  }

  /** The exit code; null if the service runs. */
  static @Nullable Integer run(
      Class<?> application, PrintStream out, PrintStream err, String... args) {
    return new TallypostService(application, out, err).perform(Task.of(args), args);
  }

  private @Nullable Integer perform(Task task, String[] args) {
    var catalog = Catalog.read(Objects.requireNonNull(application.getClassLoader()));
    if (task == Task.SHOW_SCHEMA) {
      out.print(SettingsSchema.of(name(), catalog));
      return RIGHT;
    }
    var service = new SpringApplication(application);
    if (task == Task.MIGRATE) {
      if (!Migrations.arePossible()) {
        out.println(name() + ": has no schema to bring forward");
        return RIGHT;
      }
      service = Migrations.application();
    }
    service.addListeners(gate(task, catalog));
    try {
      var running = service.run(args);
      if (task == Task.MIGRATE) {
        running.close();
        out.println(name() + ": the schema is up to date");
        return RIGHT;
      }
      return null;
    } catch (AbandonedRunException e) {
      return exitCode;
    }
  }

  /** After the listener that reads the files, and before anything is made from them. */
  private ApplicationListener<ApplicationEnvironmentPreparedEvent> gate(
      Task task, Catalog catalog) {
    return event -> {
      var environment = event.getEnvironment();
      if (task == Task.PRINT_CONFIG) {
        out.print(new EffectiveSettings(catalog, environment).text());
      }
      var problems = SettingsCheck.problems(catalog, environment);
      if (!problems.isEmpty()) {
        exitCode = WRONG;
        err.printf("%s: %d wrong in its settings%n", name(), problems.size());
        problems.forEach(problem -> err.println("  " + problem));
      } else if (task == Task.VALIDATE) {
        out.println(name() + ": settings are right");
      }
      if (task.onlyTells() || !problems.isEmpty()) {
        throw new AbandonedRunException();
      }
    };
  }

  /** {@code IntakeServiceApplication} is intake-service. */
  private String name() {
    return application
        .getSimpleName()
        .replaceFirst("Application$", "")
        .replaceAll("(?<=[a-z])(?=[A-Z])", "-")
        .toLowerCase(java.util.Locale.ROOT);
  }
}
