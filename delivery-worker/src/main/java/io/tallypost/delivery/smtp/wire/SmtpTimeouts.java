package io.tallypost.delivery.smtp.wire;

import io.tallypost.kit.settings.Concerns;
import jakarta.validation.constraints.AssertTrue;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.stream.Stream;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * How long each wait in a conversation with a relay may last. Those of commands follow RFC 5321
 * (section 4.5.3.2): shorter ones give up slow but healthy relays. A wait covers a whole reply,
 * even one that drips in, and starts where the one before ended.
 *
 * @param connect the TCP connection, for each address of the relay's name
 * @param connectAll name look-up and connection, all addresses together
 * @param open greeting, EHLO, STARTTLS and AUTH together
 * @param check the check of an idle connection before its use
 * @param command the reply to MAIL, and to each RCPT
 * @param data the reply to DATA
 * @param block until the relay has read a block of the message
 * @param beforeDot everything up to the final dot, for any mail
 * @param perRecipient added for each recipient
 * @param per10Kb added for each 10 KB of the message
 * @param longestBeforeDot the most of these three together
 * @param dot the reply to the final dot; relays that scan content need time, and too short a wait
 *     makes copies (RFC 5321, section 4.5.3.2.6)
 * @param stall silence before the dot after which a send gives its place to waiting mail; costs no
 *     attempt
 */
public record SmtpTimeouts(
    @DefaultValue("10s") @DurationUnit(ChronoUnit.SECONDS) Duration connect,
    @DefaultValue("30s") @DurationUnit(ChronoUnit.SECONDS) Duration connectAll,
    @DefaultValue("45s") @DurationUnit(ChronoUnit.SECONDS) Duration open,
    @DefaultValue("5s") @DurationUnit(ChronoUnit.SECONDS) Duration check,
    @DefaultValue("5m") @DurationUnit(ChronoUnit.SECONDS) Duration command,
    @DefaultValue("2m") @DurationUnit(ChronoUnit.SECONDS) Duration data,
    @DefaultValue("3m") @DurationUnit(ChronoUnit.SECONDS) Duration block,
    @DefaultValue("5m") @DurationUnit(ChronoUnit.SECONDS) Duration beforeDot,
    @DefaultValue("10s") @DurationUnit(ChronoUnit.SECONDS) Duration perRecipient,
    @DefaultValue("1s") @DurationUnit(ChronoUnit.SECONDS) Duration per10Kb,
    @DefaultValue("20m") @DurationUnit(ChronoUnit.SECONDS) Duration longestBeforeDot,
    @DefaultValue("10m") @DurationUnit(ChronoUnit.SECONDS) Duration dot,
    @DefaultValue("30s") @DurationUnit(ChronoUnit.SECONDS) Duration stall) {
  private static final int TEN_KB = 10 * 1024;
  private static final Duration LONGEST = Duration.ofDays(1);

  /** A wait of zero would make each mail fail. */
  @Concerns({"connect", "connectAll", "open", "check", "command", "data", "block", "dot", "stall"})
  @AssertTrue(message = "timeouts must be longer than zero")
  public boolean isEachLongerThanZero() {
    return Stream.of(
            connect,
            connectAll,
            open,
            check,
            command,
            data,
            block,
            beforeDot,
            longestBeforeDot,
            dot,
            stall)
        .allMatch(Duration::isPositive);
  }

  /** The additions may be zero, but not negative. */
  @Concerns({"perRecipient", "per10Kb"})
  @AssertTrue(message = "must not be negative")
  public boolean isNothingTakenOff() {
    return !perRecipient.isNegative() && !per10Kb.isNegative();
  }

  /** Longer ones are typing errors, and their sum could overflow. */
  @Concerns({"beforeDot", "perRecipient", "per10Kb", "longestBeforeDot", "dot", "stall"})
  @AssertTrue(message = "timeouts must not be longer than a day")
  public boolean isNoneLongerThanADay() {
    return Stream.of(connectAll, open, check, perRecipient, per10Kb, longestBeforeDot, dot, stall)
        .allMatch(one -> one.compareTo(LONGEST) <= 0);
  }

  /** A step that may take longer than all steps together has no effect. */
  @Concerns({"command", "data", "block", "longestBeforeDot"})
  @AssertTrue(message = "command, data and block must not be longer than longest-before-dot")
  public boolean isEachStepWithinTheLongest() {
    return Stream.of(command, data, block).allMatch(one -> one.compareTo(longestBeforeDot) <= 0);
  }

  /** One address cannot have more time than all together. */
  @Concerns({"connect", "connectAll"})
  @AssertTrue(message = "connect must not be longer than connect-all")
  public boolean isConnectWithinConnectAll() {
    return connect.compareTo(connectAll) <= 0;
  }

  /** The cap must not be below what it caps. */
  @Concerns({"beforeDot", "longestBeforeDot"})
  @AssertTrue(message = "before-dot must not be longer than longest-before-dot")
  public boolean isBeforeDotWithinTheLongest() {
    return beforeDot.compareTo(longestBeforeDot) <= 0;
  }

  /** The most that one transaction may take. No mail begins another one after that time. */
  public Duration longest() {
    return longestBeforeDot.plus(dot);
  }

  /** The time of one transaction up to the final dot. */
  public Duration beforeDot(int recipients, long bytes) {
    Duration sum =
        beforeDot
            .plus(perRecipient.multipliedBy(recipients))
            .plus(per10Kb.multipliedBy(bytes / TEN_KB));
    return sum.compareTo(longestBeforeDot) < 0 ? sum : longestBeforeDot;
  }
}
