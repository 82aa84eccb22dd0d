package io.tallypost.faults.crowd;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A {@link Crowd} in a process of its own, so that it can be given less of the machine than what it
 * troubles. Reads its {@link CrowdPlan} as the first line of its input, says {@code ready}, reports
 * at each further one, and ends when its input does or its time is over, with its {@link
 * CrowdReport} as the last line.
 */
public final class CrowdCommand {
  static final String READY = "ready";

  private CrowdCommand() {}

  /** Exits 0. */
  public static void main(String[] args) throws IOException, InterruptedException {
    var input = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    CrowdPlan plan = CrowdPlan.parse(Objects.requireNonNull(input.readLine(), "a plan"));
    Crowd crowd = Crowd.gather(plan.stub() ? plan.against(CrowdStub.start()) : plan);
    var over = new CountDownLatch(1);
    Thread.ofPlatform().daemon().start(() -> answer(input, crowd, over));
    System.out.println(READY);
    var _ = over.await(plan.seconds(), TimeUnit.SECONDS);
    System.out.println(crowd.report().json());
    System.exit(0);
  }

  /** Each further line asks for a report. */
  private static void answer(BufferedReader input, Crowd crowd, CountDownLatch over) {
    try (input) {
      while (input.readLine() != null) {
        System.out.println(crowd.report().json());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      over.countDown();
    }
  }
}
