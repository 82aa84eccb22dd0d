package io.tallypost.intake.send;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The {@code Prefer} header (RFC 7240), as far as it is supported here. */
final class Preference {
  static final String HEADER = "Prefer";

  /** What {@code Preference-Applied} then says. */
  static final String RESPOND_ASYNC = "respond-async";

  private Preference() {}

  /** Whether the client would rather not wait for the verdict (RFC 7240, section 4.1). */
  static boolean respondAsync(List<String> values) {
    return values.stream()
        .flatMap(value -> Stream.of(value.split(",", -1)))
        .map(preference -> preference.split("[;=]", 2)[0].strip().toLowerCase(Locale.ROOT))
        .anyMatch(RESPOND_ASYNC::equals);
  }
}
