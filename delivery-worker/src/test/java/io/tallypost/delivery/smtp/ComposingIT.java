package io.tallypost.delivery.smtp;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a mail is composed. */
@Timeout(30)
class ComposingIT extends RelayConversations {
  /** Composed mail is as large again: of what waits there may be a lot. */
  @Test
  void composesNoMailThatWaitsForAPlace() {
    var reached = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    SmtpSink sink = sink();
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.FinalDot) {
        reached.countDown();
        await().until(() -> goOn.getCount() == 0);
      }
      return SmtpAnswer.accept();
    });
    SmtpRelay relay = relay(sink, "max-connections=1");
    var first = inAThread(() -> send(relay));
    await().until(() -> reached.getCount() == 0);
    var mail = new CountedMail();
    var second = inAThread(() -> handle(relay, mail, TERMS, new SendGuard()));
    await().until(() -> relay.usage().waiting() == 1);

    assertThat(mail.composed).hasValue(0);

    goOn.countDown();
    await().until(() -> first.isDone() && second.isDone());
    assertThat(second.join()).isInstanceOf(RelayAnswer.Made.class);
    assertThat(mail.composed).hasValue(1);
    assertThat(sink.inbox().mails()).hasSize(2);
  }

  @Test
  void composesNoMailBeforeItsConnectionIsReady() {
    var mail = new CountedMail();
    List<Integer> before = new CopyOnWriteArrayList<>();
    SmtpSink sink = sink();
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.Banner || stage instanceof SmtpStage.Hello) {
        before.add(mail.composed.get());
      }
      return SmtpAnswer.accept();
    });

    assertThat(handle(relay(sink), mail, TERMS, new SendGuard()))
        .isInstanceOf(RelayAnswer.Made.class);

    assertThat(before).containsExactly(0, 0);
    assertThat(mail.composed).hasValue(1);
  }

  private static <T extends @Nullable Object> CompletableFuture<T> inAThread(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, task -> Thread.ofPlatform().daemon().start(task));
  }

  /** Counts how often it was composed. */
  private static final class CountedMail implements OutgoingMail {
    final AtomicInteger composed = new AtomicInteger();

    @Override
    public Envelope envelope() {
      return TO_BOB;
    }

    @Override
    public byte[] message() {
      composed.incrementAndGet();
      return MESSAGE;
    }

    @Override
    public boolean headerNeedsSmtpUtf8() {
      return false;
    }
  }
}
