package io.tallypost.quota.consume;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;

/**
 * A topic that is deleted and made again begins at offset 0, and is not mistaken for the old one.
 */
class TopicMadeAgainIT {

  @Test
  void decidesEverythingOfTheNewTopicAndApprovesNothingAgain() throws Exception {
    var requests = Requests.ofNewKey(100);
    var before = Stream.generate(() -> requests.next(1)).limit(30).toArray(SendRequested[]::new);
    var after = Stream.generate(() -> requests.next(1)).limit(30).toArray(SendRequested[]::new);
    try (var approved = Topic.fromNowOn(Topics.APPROVED);
        var _ = QuotaRig.start()) {
      QuotaRig.send(before);
      for (var request : before) {
        approved.atLeast(1, request.messageId());
      }

      makeAgain();
      QuotaRig.send(before);
      QuotaRig.send(after);

      for (var request : after) {
        assertThat(approved.atLeast(1, request.messageId())).hasSize(1);
      }
      for (var request : before) {
        assertThat(approved.read(Topic.about(request.messageId()))).hasSize(1);
      }
    }
    assertThat(QuotaRig.charged(requests)).isEqualTo(60);
  }

  private static void makeAgain() throws Exception {
    try (var admin = QuotaRig.admin()) {
      admin.deleteTopics(List.of(Topics.REQUESTS)).all().get(10, TimeUnit.SECONDS);
      await().until(() -> !isThere(admin));
    }
    QuotaRig.createTopics();
    try (var admin = QuotaRig.admin()) {
      await().until(() -> isThere(admin));
    }
  }

  private static boolean isThere(Admin admin) throws Exception {
    return admin.listTopics().names().get(10, TimeUnit.SECONDS).contains(Topics.REQUESTS);
  }
}
