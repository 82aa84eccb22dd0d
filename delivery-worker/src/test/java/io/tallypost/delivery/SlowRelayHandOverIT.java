package io.tallypost.delivery;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.SendRequested;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Workers come and go while mail waits at a slow relay, or is parked. */
class SlowRelayHandOverIT extends HandOvers {

  /** More than two connections at 2 s each take while a worker starts, however slow the machine. */
  private static final int MAILS = 100;

  @Test
  void sendsNoCopiesWhenAWorkerJoinsWhileMailWaitsForASlowRelay() {
    sink.follow(slowDot(Duration.ofSeconds(2)));
    List<SendRequested> requests = requests(MAILS);
    try (var first = WorkerUnderTest.start(sink, SLOWLY)) {
      requests.forEach(queues::approve);
      await().until(() -> sink.inbox().received() >= 4);
      try (var second = WorkerUnderTest.start(sink, SLOWLY)) {
        assertThat(delivered(requests)).as("joined in the middle").isLessThan(requests.size());
        // Both are at work: what this is about is over.
        await().until(() -> second.delivered() >= 2);
        sink.follow(stage -> SmtpAnswer.accept());
        await().atMost(A_LONG_QUEUE).until(() -> delivered(requests) == requests.size());
        assertThat(second.isAlive()).isTrue();
      }
      assertThat(first.isAlive()).isTrue();
    }
    assertThat(copies(requests)).containsOnly(1);
    assertThat(requests).noneMatch(this::wasInDoubt);
  }

  @Test
  void sendsNoCopiesWhenWorkersRollWhileMailWaitsForASlowRelay() {
    sink.follow(slowDot(Duration.ofSeconds(2)));
    List<SendRequested> requests = requests(MAILS);
    var first = WorkerUnderTest.start(sink, SLOWLY);
    requests.forEach(queues::approve);
    await().until(() -> sink.inbox().received() >= 4);
    var second = WorkerUnderTest.start(sink, SLOWLY);
    first.close();
    assertThat(delivered(requests)).as("left in the middle").isLessThan(requests.size());
    try (var third = WorkerUnderTest.start(sink, SLOWLY)) {
      second.close();
      sink.follow(stage -> SmtpAnswer.accept());
      await().atMost(A_LONG_QUEUE).until(() -> delivered(requests) == requests.size());
      assertThat(third.isAlive()).isTrue();
    }
    assertThat(copies(requests)).containsOnly(1);
    assertThat(requests).noneMatch(this::wasInDoubt);
  }

  /** The relay refuses mail until another worker is there, and has two places: most is parked. */
  @Test
  void sendsNoCopiesWhenWorkersJoinAndLeaveWhileMailIsParked() {
    var open = new AtomicBoolean();
    sink.follow(stage ->
        switch (stage) {
          case SmtpStage.MailFrom _ when !open.get() -> SmtpAnswer.reply(421, "4.3.2 not yet");
          case SmtpStage.FinalDot _ -> SmtpAnswer.accept().after(Duration.ofSeconds(2));
          default -> SmtpAnswer.accept();
        });
    String[] settings = {
      "--tallypost.delivery.max-in-flight=8",
      "--tallypost.delivery.revoke-timeout=3s",
      "--resilience4j.circuitbreaker.configs.relay.wait-duration-in-open-state=1s"
    };
    List<SendRequested> requests = requests(MAILS);
    var first = WorkerUnderTest.start(sink, settings);
    requests.forEach(queues::approve);
    await().until(() -> first.parked("breaker_open") > 0);
    try (var second = WorkerUnderTest.start(sink, settings)) {
      open.set(true);
      await().until(() -> sink.inbox().received() >= 5);
      first.close();
      assertThat(delivered(requests)).as("left in the middle").isLessThan(requests.size());
      sink.follow(stage -> SmtpAnswer.accept());
      await().atMost(A_LONG_QUEUE).until(() -> delivered(requests) == requests.size());
      assertThat(second.isAlive()).isTrue();
    }
    assertThat(copies(requests)).containsOnly(1);
    assertThat(requests).noneMatch(this::wasInDoubt);
  }
}
