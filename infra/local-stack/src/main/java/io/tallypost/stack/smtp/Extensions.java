package io.tallypost.stack.smtp;

import java.util.ArrayList;
import java.util.List;

/** What a sink announces in its reply to EHLO. */
final class Extensions {

  /** What it calls itself. */
  static final String NAME = "sink.tallypost.test";

  private Extensions() {}

  /** All lines of the reply, the name first. */
  static List<String> greeting(SinkSettings settings, boolean tls) {
    SinkSettings.Offer offer = settings.offer();
    List<String> wanted = tls ? offer.underTls() : offer.inClear();
    List<String> lines = new ArrayList<>(List.of(NAME));
    lines.addAll(wanted == null ? usual(settings, tls) : wanted);
    return lines;
  }

  private static List<String> usual(SinkSettings settings, boolean tls) {
    List<String> lines = new ArrayList<>(List.of("PIPELINING"));
    lines.add("SIZE " + settings.limits().messageBytes());
    lines.addAll(List.of("8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"));
    if (settings.access().tls() != null && !tls) {
      lines.add("STARTTLS");
    }
    if (!settings.access().users().isEmpty()) {
      lines.add("AUTH " + String.join(" ", settings.offer().mechanisms()));
    }
    return lines;
  }
}
