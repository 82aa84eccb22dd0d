package io.tallypost.faults.scene;

import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpStage;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** Puts one of three mails off; the next time, too. */
public final class Greylist implements SmtpScript {
  private final Set<Long> refusing = ConcurrentHashMap.newKeySet();

  @Override
  public SmtpAnswer answer(SmtpStage stage) {
    long session = stage.session().number();
    if (stage instanceof SmtpStage.MailFrom) {
      if (ThreadLocalRandom.current().nextInt(3) == 0) {
        refusing.add(session);
      } else {
        refusing.remove(session);
      }
    }
    return stage instanceof SmtpStage.Recipient && refusing.contains(session)
        ? SmtpAnswer.reply(451, "4.7.1 try again later")
        : Scene.inItsTime(stage);
  }
}
