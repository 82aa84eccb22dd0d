package io.tallypost.intake;

import io.tallypost.kit.problems.Refusals;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Says where to report a vulnerability (RFC 9116). */
@RestController
class SecurityTxtController {
  private static final Logger log = LoggerFactory.getLogger(SecurityTxtController.class);
  private static final String PATH = "/.well-known/security.txt";
  private static final MediaType TEXT = new MediaType("text", "plain", StandardCharsets.UTF_8);

  private final String text;

  SecurityTxtController(SecurityTxtSettings settings, IntakeSettings intake, InstantSource clock) {
    this.text = String.join("\r\n", lines(settings, intake.publicUrl()));
    settings
        .expiry()
        .filter(expiry -> expiry.isBefore(clock.instant()))
        .ifPresent(expiry ->
            log.atWarn()
                .addKeyValue("expires", expiry)
                .log("security.txt has expired: set a new tallypost.security-txt.expires"));
  }

  @GetMapping(PATH)
  ResponseEntity<byte[]> securityTxt() {
    if (text.isEmpty()) {
      throw Refusals.notFound();
    }
    return ResponseEntity.ok().contentType(TEXT).body(text.getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> lines(SecurityTxtSettings settings, String publicUrl) {
    var lines = new ArrayList<String>();
    settings.contact().forEach(contact -> lines.add("Contact: " + contact));
    settings.expiry().map(Instant::toString).ifPresent(time -> lines.add("Expires: " + time));
    if (!lines.isEmpty()) {
      if (!settings.preferredLanguages().isEmpty()) {
        lines.add("Preferred-Languages: " + String.join(", ", settings.preferredLanguages()));
      }
      if (settings.policy() != null) {
        lines.add("Policy: " + settings.policy());
      }
      lines.add("Canonical: " + publicUrl + PATH);
      lines.add("");
    }
    return lines;
  }
}
