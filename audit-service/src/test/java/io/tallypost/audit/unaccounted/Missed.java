package io.tallypost.audit.unaccounted;

import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.MAIL;
import static io.tallypost.events.Examples.NOON;

import io.tallypost.audit.DefaultSettings;
import io.tallypost.events.Examples;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.TenantId;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** Approved messages that nothing has been heard of: in memory, until they are touched. */
final class Missed extends UnaccountedMessages {
  private final List<SendRequested> requests = new ArrayList<>();
  private final List<UUID> touched = new ArrayList<>();
  @Nullable RuntimeException failure;

  Missed(int count) {
    super(
        JdbcClient.create(new DriverManagerDataSource()),
        DefaultSettings.AUDIT,
        InstantSource.system());
    for (int i = 0; i < count; i++) {
      requests.add(Examples.nextSendRequested(MAIL, 1000));
    }
  }

  /** Each at the offset of its number. */
  List<SendRequested> requests() {
    return requests;
  }

  List<UUID> ids() {
    return requests.stream().map(request -> request.messageId().value()).toList();
  }

  @Override
  public long count(@Nullable TenantId tenant) {
    if (failure != null) {
      throw failure;
    }
    return requests.size();
  }

  @Override
  List<UnaccountedMessage> lock(Collection<UUID> ids) {
    return ids().stream()
        .filter(id -> ids.contains(id) && !touched.contains(id))
        .map(this::message)
        .toList();
  }

  private UnaccountedMessage message(UUID id) {
    int place = ids().indexOf(id);
    return new UnaccountedMessage(
        id,
        "approved",
        "acme",
        "live",
        "transactional",
        NOON,
        NOON,
        null,
        1,
        0,
        null,
        LocalDate.of(2026, 11, 22),
        requests.get(place).context().submissionId().value(),
        0,
        (long) place,
        null);
  }

  @Override
  Recipients recipients(UnaccountedMessage message) {
    return new Recipients(List.of(BOB), List.of());
  }

  @Override
  void touch(UnaccountedMessage message, Instant now) {
    touched.add(message.id());
  }
}
