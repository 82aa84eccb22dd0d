package io.tallypost.kit.sizes;

import java.util.Optional;
import org.springframework.util.unit.DataSize;

/**
 * Checks that each mail that is accepted fits into every record that follows from it. Else it would
 * be refused, or end as a dead letter, after its sender was told otherwise.
 */
public final class RecordSizeCheck {
  /** The setting of the producers' {@code max.request.size}. */
  public static final String MAX_REQUEST_SIZE = "spring.kafka.producer.properties.max.request.size";

  /** What it is where nobody sets it. */
  public static final DataSize KAFKAS_MAX_REQUEST_SIZE = DataSize.ofMegabytes(1);

  /** What services add to a mail's record at most, beside its bytes. */
  public static final DataSize HEADER_ROOM = DataSize.ofKilobytes(512);

  private RecordSizeCheck() {}

  /**
   * A setting that is too small for another one.
   *
   * @param property its name
   * @param bytes its value
   * @param atLeast what it must be
   * @param reason why so much
   */
  public record TooSmall(String property, long bytes, long atLeast, String reason) {}

  /**
   * Compares the limits. Pure.
   *
   * @param maxBody the largest request body
   * @param maxRecord the largest record of a topic
   * @param maxRequestSize the producers' {@code max.request.size}
   * @return how they contradict each other; empty if they do not
   */
  public static Optional<TooSmall> of(
      DataSize maxBody, DataSize maxRecord, DataSize maxRequestSize) {
    long room = HEADER_ROOM.toBytes();
    if (maxRecord.toBytes() < maxBody.toBytes() + room) {
      return Optional.of(
          new TooSmall(
              "tallypost.topics.max-record",
              maxRecord.toBytes(),
              maxBody.toBytes() + room,
              room + " more than tallypost.web.max-body, for what services add to a mail"));
    }
    if (maxRequestSize.toBytes() < maxRecord.toBytes() + room) {
      return Optional.of(
          new TooSmall(
              MAX_REQUEST_SIZE,
              maxRequestSize.toBytes(),
              maxRecord.toBytes() + room,
              room + " more than tallypost.topics.max-record, for a dead letter's headers"));
    }
    return Optional.empty();
  }
}
