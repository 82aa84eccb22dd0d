package io.tallypost.stack.smtp;

import io.tallypost.stack.smtp.inbox.InboxServer;

/**
 * A sink as a process of its own: {@code SinkMain SMTP_PORT HTTP_PORT}, with 0 for free ones; what
 * it keeps is bounded by the system properties {@code sink.keep.mails}, {@code sink.keep.megabytes}
 * and, for each mail, {@code sink.keep.bytes.each}.
 */
public final class SinkMain {

  private SinkMain() {}

  public static void main(String[] args) {
    int mails = Integer.getInteger("sink.keep.mails", 100_000);
    long bytes = Long.getLong("sink.keep.megabytes", 128) * 1024 * 1024;
    SinkSettings settings =
        SinkSettings.defaults()
            .withPort(Integer.parseInt(args[0]))
            .keeping(mails, bytes)
            .keepingOfEach(Integer.getInteger("sink.keep.bytes.each", Integer.MAX_VALUE));
    SmtpSink sink = SmtpSink.start(settings);
    InboxServer inbox = InboxServer.start(sink.inbox(), Integer.parseInt(args[1]));
    System.out.printf("SMTP on %s:%d, inbox on %s%n", sink.host(), sink.port(), inbox.url());
  }
}
