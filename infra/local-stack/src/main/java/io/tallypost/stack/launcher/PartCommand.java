package io.tallypost.stack.launcher;

import io.tallypost.stack.control.Control;
import io.tallypost.stack.control.ControlCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code stack start|stop|kill PART [N]}: one part of a stack that runs. */
abstract class PartCommand implements Callable<Integer> {

  private final ControlCommand.Action action;

  @Parameters(
      paramLabel = "PART [N]",
      hideParamSyntax = true,
      description =
          "intake, quota, worker, audit, kafka, postgres or smtp, and which of them, from 1")
  private List<String> part = new ArrayList<>();

  @Mixin private DataOption data = new DataOption();

  PartCommand(ControlCommand.Action action) {
    this.action = action;
  }

  ControlCommand command() {
    return ControlCommand.of(action, part, data.data());
  }

  @Override
  public Integer call() {
    System.out.println(Control.send(command()));
    return 0;
  }
}
