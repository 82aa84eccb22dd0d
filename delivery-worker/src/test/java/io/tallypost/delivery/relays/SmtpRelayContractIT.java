package io.tallypost.delivery.relays;

import static io.tallypost.kit.testing.Waits.await;

import io.tallypost.delivery.smtp.Relay;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;

/** A relay that is spoken to over SMTP. */
class SmtpRelayContractIT extends RelayContract {
  private final SmtpSink sink = SmtpSink.start();
  private final GuardedRelay relay = GuardedRelays.guarded(sink, 2);
  private final AtomicInteger putOff = new AtomicInteger();
  private final CountDownLatch slow = new CountDownLatch(1);

  @AfterEach
  void close() {
    relay.close();
    sink.close();
  }

  @Override
  Relay relay() {
    sink.follow(stage ->
        stage instanceof SmtpStage.Recipient(var _, var address)
            ? answer(address)
            : SmtpAnswer.accept());
    return relay;
  }

  private SmtpAnswer answer(String recipient) {
    return switch (recipient.substring(0, recipient.indexOf('@'))) {
      case "bounced" -> SmtpAnswer.reply(550, "5.1.1 no such mailbox");
      case "deferred" ->
          putOff.incrementAndGet() <= 2
              ? SmtpAnswer.reply(451, "4.7.1 try later")
              : SmtpAnswer.accept();
      case "slow" -> {
        slow.countDown();
        yield SmtpAnswer.mute();
      }
      default -> SmtpAnswer.accept();
    };
  }

  @Override
  void awaitSlow() {
    await().until(() -> slow.getCount() == 0);
  }
}
