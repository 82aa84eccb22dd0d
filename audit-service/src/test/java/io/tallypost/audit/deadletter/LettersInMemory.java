package io.tallypost.audit.deadletter;

import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.JOB_ID;
import static io.tallypost.events.Examples.NOON;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.events.EventJson;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** A job's letters, in their order. */
public final class LettersInMemory extends Letters {
  private final List<Claimed> claimed = new ArrayList<>();
  private @Nullable RuntimeException failure;

  public LettersInMemory() {
    super(JdbcClient.create(new DriverManagerDataSource()));
  }

  /** Adds the letter of a mail to Bob. */
  public void add(SendRequested request) {
    var letter =
        new Letter(
            UUID.randomUUID(),
            request.messageId().value(),
            "acme",
            null,
            null,
            null,
            null,
            "permanent",
            "1 recipient refused by the relay",
            1,
            0,
            List.of(BOB.value()),
            new Letter.Source(Topics.APPROVED, 0, claimed.size()),
            null,
            null,
            NOON,
            LetterState.CLAIMED,
            NOON,
            null,
            JOB_ID,
            null);
    byte[] key = request.messageId().toString().getBytes(UTF_8);
    claimed.add(
        new Claimed(
            claimed.size() + 1, letter, new Content(List.of(), key, EventJson.write(request))));
  }

  public void clear() {
    claimed.clear();
  }

  /** Until further notice. */
  public void failWith(@Nullable RuntimeException each) {
    failure = each;
  }

  @Override
  public List<Claimed> claimed(UUID job, int from, int to) {
    if (failure != null) {
      throw failure;
    }
    return claimed.subList(from, to);
  }

  @Override
  public Counts waiting(LetterFilter filter) {
    if (failure != null) {
      throw failure;
    }
    return new Counts(claimed.size(), Map.of("permanent", (long) claimed.size()), Map.of());
  }

  @Override
  public SortedMap<Integer, Long> sizes(UUID job, int from, int to) {
    var sizes = new TreeMap<Integer, Long>();
    IntStream.rangeClosed(from + 1, to).forEach(position -> sizes.put(position, 1L));
    return sizes;
  }
}
