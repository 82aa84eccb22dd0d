package io.tallypost.stack.launcher;

import io.tallypost.stack.KafkaBroker;
import io.tallypost.stack.KafkaCluster;
import io.tallypost.stack.PostgresServer;
import io.tallypost.stack.cli.UsageException;
import io.tallypost.stack.control.ControlCommand;
import io.tallypost.stack.services.Role;
import io.tallypost.stack.services.ServiceProcess;
import io.tallypost.stack.services.Services;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * The parts of a running stack, which are started, stopped and killed one by one.
 *
 * @param brokers how many there are
 * @param started told of the pid of each part that is not a service
 */
record Parts(
    int brokers,
    KafkaCluster kafka,
    PostgresServer postgres,
    Optional<SinkProcess> sink,
    Services services,
    LongConsumer started) {

  /** Returns in one line what was done. */
  String carryOut(ControlCommand command) {
    return switch (command.part()) {
      case "kafka" -> broker(command);
      case "postgres" -> database(command);
      case "smtp" -> sink(command);
      default -> service(command, Role.named(command.part()).orElseThrow());
    };
  }

  private String service(ControlCommand command, Role role) {
    ServiceProcess service =
        switch (command.action()) {
          case START ->
              command
                  .number()
                  .map(number -> services.start(role, number))
                  .orElseGet(() -> services.startAnother(role));
          case STOP -> services.stop(role, command.number());
          case KILL -> services.kill(role, command.number());
        };
    return told(command, service.name(), service.process().pid());
  }

  private String broker(ControlCommand command) {
    int number = command.number().orElse(1);
    if (number > brokers) {
      throw new UsageException("there is no kafka " + number);
    }
    KafkaBroker broker = kafka.broker(number);
    switch (command.action()) {
      case START -> {
        broker.restart();
        started.accept(broker.pid());
      }
      case STOP -> broker.stop();
      case KILL -> broker.kill();
    }
    return told(command, "kafka " + number, broker.pid());
  }

  private String database(ControlCommand command) {
    switch (command.action()) {
      case START -> {
        postgres.restart();
        started.accept(postgres.pid());
      }
      case STOP -> postgres.stop();
      case KILL -> postgres.kill();
    }
    return "postgres: %s done".formatted(command.action());
  }

  private String sink(ControlCommand command) {
    SinkProcess own =
        sink.orElseThrow(() -> new UsageException("the SMTP server of --smtp is not ours"));
    switch (command.action()) {
      case START -> {
        own.restart();
        started.accept(own.process().pid());
      }
      case STOP -> own.close();
      case KILL -> own.process().kill();
    }
    return told(command, "smtp", own.process().pid());
  }

  private static String told(ControlCommand command, String name, long pid) {
    String state =
        switch (command.action()) {
          case START -> "is ready";
          case STOP -> "has stopped";
          case KILL -> "is killed";
        };
    return "%s (pid %d) %s".formatted(name, pid, state);
  }
}
