package io.tallypost.audit.messages;

import static io.tallypost.events.Examples.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.audit.operator.Operator;
import io.tallypost.audit.operator.OperatorIT;
import io.tallypost.audit.timeline.Timelines;
import io.tallypost.events.SendRequested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;

/** The answer about a mail stays short, however often its sender repeats it. */
class RepeatedMailIT extends OperatorIT {
  private static final int REPEATS = 300;

  @Autowired private ApplicationContext context;
  @Autowired private Timelines timelines;

  @Test
  void tellsWhatBecameOfTheMailAndItsNewestRepeats() {
    Operator operator = Operator.of(context);
    var upstream = operator.upstream();
    SendRequested mail = upstream.accept(upstream.request(BOB));
    upstream.approve(mail);
    upstream.deliver(mail, 0);
    upstream.repeat(mail, REPEATS);
    operator.awaitEvents(mail, 3 + 2 * REPEATS);

    assertThat(operator.message(mail).path("status").asString()).isEqualTo("delivered");
    assertThat(operator.timeline(mail))
        .hasSize(3 + MessageQuery.MOST_OF_OTHERS)
        .startsWith("requested", "approved")
        .contains("delivered", "replayed");
    assertThat(
            operator.timelineRowsReadBy(
                () -> timelines.shown(mail.messageId(), MessageQuery.MOST_OF_OTHERS)))
        .isLessThan(2 * MessageQuery.MOST_OF_OTHERS);
  }
}
