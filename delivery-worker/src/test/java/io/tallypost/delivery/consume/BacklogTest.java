package io.tallypost.delivery.consume;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.consume.Budget.Answer;
import io.tallypost.ids.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Holds 80 mails, 10 of a sender, and a megabyte. */
class BacklogTest {
  private static final TopicPartition PARTITION = new TopicPartition("mail", 0);

  private boolean severalTenants;
  private final Backlog backlog = new Backlog(80, 1_000_000, () -> severalTenants);
  private final List<String> begun = new ArrayList<>();
  private long now;
  private long offset;

  @Test
  void letsSendersTakeTurns() {
    add("acme", 4);
    add("shop", 2);
    add("club", 1);

    beginAll(BacklogTest::room);

    assertThat(begun).containsExactly("acme", "shop", "club", "acme", "shop", "acme", "acme");
  }

  @Test
  void passesOverASenderWhoseShareIsUsed() {
    add("acme", 3);
    add("shop", 2);

    assertThat(beginAll(unless("acme", Answer.SHARE_USED))).isEqualTo(Answer.SHARE_USED);

    assertThat(begun).containsExactly("shop", "shop");
    assertThat(backlog.size()).isEqualTo(3);
  }

  @Test
  void saysThatAMailWaitsForAnyOtherToEnd() {
    add("acme", 1);
    add("shop", 1);

    assertThat(beginAll(unless("acme", Answer.FULL))).isEqualTo(Answer.FULL);

    assertThat(begun).containsExactly("shop");
  }

  @Test
  void beginsFirstWithWhatWasPutBack() {
    Polled first = mail("acme", 0);
    add("acme", 1);
    backlog.putBack(first);

    List<Polled> asked = new ArrayList<>();
    backlog.begin(
        mail -> {
          asked.add(mail);
          return Answer.BEGIN;
        },
        now);

    assertThat(asked).containsExactly(first);
  }

  @Test
  void holdsPollingUpForASenderWhoseMailGoesOn() {
    add("acme", 11);
    assertThat(backlog.isFull()).isTrue();
    assertThat(backlog.surplus(now)).as("was just polled").isEmpty();

    for (int i = 0; i < 50; i++) {
      pass(Duration.ofMillis(20));
      assertThat(backlog.begin(BacklogTest::room, now)).isEqualTo(Answer.BEGIN);
      assertThat(backlog.surplus(now)).isEmpty();
      add("acme", 1);
    }
  }

  @Test
  void keepsRoomForTenantsOfWhomNobodyHasHeard() {
    severalTenants = true;
    int givenUp = 0;
    for (int i = 0; i < 100; i++) {
      while (!backlog.isFull()) {
        add("acme", 1);
      }
      pass(Duration.ofMillis(60));
      assertThat(backlog.begin(BacklogTest::room, now)).isEqualTo(Answer.BEGIN);
      add("acme", 1);
      int more = backlog.surplus(now).size();
      givenUp += i < 50 ? 0 : more;
    }
    assertThat(givenUp).as("though it is known to get on").isPositive();
  }

  @Test
  void givesUpTheLastOfASenderWhoseMailStandsStill() {
    add("acme", 13);
    pass(Duration.ofMillis(501));

    assertThat(backlog.surplus(now))
        .extracting(mail -> mail.place().offset())
        .containsExactly(13L, 12L, 11L);
    assertThat(backlog.isFull()).isFalse();

    add("acme", 2);
    assertThat(backlog.surplus(now)).as("at once").hasSize(2);
  }

  @Test
  void holdsPollingUpForALoneSenderWhoseRelayIsSlow() {
    int givenUp = 0;
    for (int i = 0; i < 100; i++) {
      while (!backlog.isFull()) {
        add("acme", 1);
      }
      pass(Duration.ofMillis(60));
      assertThat(backlog.begin(BacklogTest::room, now)).isEqualTo(Answer.BEGIN);
      add("acme", 1);
      int more = backlog.surplus(now).size();
      givenUp += more;
      assertThat(more)
          .as("given up once it is known to get on")
          .isLessThanOrEqualTo(i < 50 ? 1 : 0);
    }
    assertThat(givenUp).isPositive();
  }

  @Test
  void givesUpTheLastOfALoudSenderWhereOthersHaveMail() {
    add("shop", 1);
    beginAll(BacklogTest::room);
    add("acme", 13);
    for (int i = 0; i < 30; i++) {
      pass(Duration.ofMillis(20));
      backlog.putBack(mail("acme", 0));
      backlog.begin(BacklogTest::room, now);
    }
    assertThat(backlog.surplus(now)).isNotEmpty();
  }

  @Test
  void leavesRoomForOthersHoweverManyStandStill() {
    for (int i = 0; i < 40; i++) {
      add("t" + i, 10);
      pass(Duration.ofMillis(501));
      backlog.surplus(now);
      assertThat(backlog.isFull()).isFalse();
    }
  }

  @Test
  void givesUpWhateverWaitsWhenAllOfItIsFull() {
    IntStream.range(0, 80).forEach(i -> add("t" + i, 1));
    assertThat(backlog.isFull()).isTrue();
    assertThat(backlog.surplus(now)).isEmpty();

    pass(Duration.ofMillis(501));

    assertThat(backlog.surplus(now)).hasSize(80);
    assertThat(backlog.size()).isZero();
  }

  @Test
  void isFullOfLargeMails() {
    backlog.add(mail("acme", 600_000), now);
    assertThat(backlog.isFull()).as("one may be of any size").isFalse();
    backlog.add(mail("acme", 1_000), now);
    assertThat(backlog.isFull()).isTrue();

    pass(Duration.ofMillis(501));

    assertThat(backlog.surplus(now)).hasSize(1);
    assertThat(backlog.isFull()).isFalse();
  }

  @Test
  void forgetsWhatItsPartitionsAreAskedFor() {
    add("acme", 3);
    add("shop", 3);

    backlog.remove(Set.of(PARTITION));

    assertThat(backlog.size()).isZero();
    assertThat(beginAll(BacklogTest::room)).isEqualTo(Answer.SHARE_USED);
    assertThat(begun).isEmpty();
  }

  private Answer beginAll(Function<Polled, Answer> place) {
    Answer answer = Answer.BEGIN;
    while (answer == Answer.BEGIN) {
      answer =
          backlog.begin(
              mail -> {
                Answer given = place.apply(mail);
                if (given == Answer.BEGIN) {
                  begun.add(mail.sender().tenant().value());
                }
                return given;
              },
              now);
    }
    return answer;
  }

  private static Answer room(Polled mail) {
    return Answer.BEGIN;
  }

  private static Function<Polled, Answer> unless(String tenant, Answer answer) {
    return mail -> mail.sender().tenant().equals(new TenantId(tenant)) ? answer : Answer.BEGIN;
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private void add(String tenant, int mails) {
    for (int i = 0; i < mails; i++) {
      backlog.add(mail(tenant, 0), now);
    }
  }

  private Polled mail(String tenant, int size) {
    String value = "{\"tenant\":\"%s\",\"mode\":\"live\"}".formatted(tenant) + " ".repeat(size);
    var record =
        new ConsumerRecord<byte[], byte[]>(
            PARTITION.topic(), PARTITION.partition(), ++offset, new byte[0], value.getBytes(UTF_8));
    return new Polled(record, now);
  }
}
