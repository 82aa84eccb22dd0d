package io.tallypost.intake;

import io.tallypost.kit.constraints.HttpUrl;
import io.tallypost.kit.constraints.ReadableAs;
import io.tallypost.kit.settings.Concerns;
import jakarta.validation.constraints.AssertTrue;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What {@code /.well-known/security.txt} says (RFC 9116); without a contact there is none.
 *
 * @param contact where to report a vulnerability of this installation, best first: {@code mailto:},
 *     {@code https:} or {@code tel:}
 * @param expires until when the contact is valid, such as {@code 2027-06-30T00:00:00Z}; required
 *     with a contact, best less than a year ahead
 * @param policy your rules for reports; none → no such line
 * @param preferredLanguages the languages in which you read reports, such as {@code en, de}; none →
 *     no such line
 */
@Validated
@ConfigurationProperties("tallypost.security-txt")
record SecurityTxtSettings(
    @DefaultValue
        List<
                @ReadableAs(
                    value = SecurityTxtSettings.Contact.class,
                    message = "must be mailto:, https: or tel: URIs")
                String>
            contact,
    @ReadableAs(
            value = SecurityTxtSettings.Expiry.class,
            message = "must be a time such as 2027-06-30T00:00:00Z")
        @Nullable String expires,
    @HttpUrl(orBlank = true) @Nullable String policy,
    @DefaultValue
        List<
                @ReadableAs(
                    value = SecurityTxtSettings.Language.class,
                    message = "must be language tags such as en or pt-BR")
                String>
            preferredLanguages) {

  /** Takes blank for nothing. */
  SecurityTxtSettings {
    contact = List.copyOf(contact);
    preferredLanguages = List.copyOf(preferredLanguages);
    expires = expires == null || expires.isBlank() ? null : expires.strip();
    policy = policy == null || policy.isBlank() ? null : policy.strip();
  }

  /** RFC 9116, sections 2.5.3 and 2.5.5: both are required. */
  @Concerns({"contact", "expires"})
  @AssertTrue(message = "need each other: set both, or neither")
  public boolean isWhole() {
    return contact.isEmpty() == (expires == null);
  }

  /** When it ends; empty where there is none. */
  Optional<Instant> expiry() {
    return Optional.ofNullable(expires).map(Instant::parse);
  }

  /** A way to reach somebody. */
  public record Contact(String uri) {
    private static final Set<String> SCHEMES = Set.of("mailto", "https", "tel");

    public Contact {
      if (!SCHEMES.contains(URI.create(uri).getScheme())) {
        throw new IllegalArgumentException("not a contact");
      }
    }
  }

  /** A point in time, or blank for none. */
  public record Expiry(String time) {
    public Expiry {
      if (!time.isBlank()) {
        Instant.parse(time.strip());
      }
    }
  }

  /** A tag of BCP 47. */
  public record Language(String tag) {
    public Language {
      if (!tag.matches("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")) {
        throw new IllegalArgumentException("not a language");
      }
    }
  }
}
