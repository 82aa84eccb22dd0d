package io.posthorn.intake;

import io.posthorn.events.EmailAddress;
import io.posthorn.events.Mailbox;
import io.posthorn.settings.HeaderSafe;
import io.posthorn.settings.HttpUrl;
import io.posthorn.settings.MailAddress;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What can be set at intake.
 *
 * @param fromEmail the author of mail that names none, where its key names none either; none → such
 *     mail is refused
 * @param fromName the display name beside it
 * @param defaultDailyLimit recipients per day of a key that is created without a limit
 * @param publicUrl what links in answers begin with; the address that clients know, without a slash
 *     at its end
 * @param operatorKeyFile where the first operator key is written; none → it is printed
 * @param verdictWait how long a client waits for quota's verdict before it is answered {@code
 *     queued}; quota usually takes 20 ms
 */
@Validated
@ConfigurationProperties("posthorn.intake")
public record IntakeSettings(
    @MailAddress @Nullable String fromEmail,
    @HeaderSafe @Nullable String fromName,
    @DefaultValue("1000") @Min(1) @Max(IntakeSettings.HIGHEST_DAILY_LIMIT) long defaultDailyLimit,
    @DefaultValue("http://localhost:8080") @HttpUrl String publicUrl,
    @Nullable Path operatorKeyFile,
    @DefaultValue("2s")
        @DurationMin(message = "must be 0s to 30s")
        @DurationMax(seconds = 30, message = "must be 0s to 30s")
        Duration verdictWait) {

  /** More than any relay takes in a day; whoever asks for more has mistyped. */
  public static final long HIGHEST_DAILY_LIMIT = 1_000_000_000;

  /** Takes blank for nothing, and the slash from the URL's end. */
  public IntakeSettings {
    fromEmail = blankToNull(fromEmail);
    fromName = blankToNull(fromName);
    operatorKeyFile =
        operatorKeyFile == null || operatorKeyFile.toString().isBlank() ? null : operatorKeyFile;
    publicUrl = publicUrl.replaceFirst("/+$", "");
  }

  /** The author of mail that names none. */
  public Optional<Mailbox> defaultFrom() {
    return Optional.ofNullable(fromEmail)
        .map(address -> new Mailbox(fromName, new EmailAddress(address)));
  }

  private static @Nullable String blankToNull(@Nullable String text) {
    return text == null || text.isBlank() ? null : text;
  }
}
