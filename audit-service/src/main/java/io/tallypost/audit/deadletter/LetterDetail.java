package io.tallypost.audit.deadletter;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.tallypost.mail.Mail;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code GET /api/v1/admin/dead-letters/{id}} answers.
 *
 * @param headers the record's headers, as they came
 * @param history all letters of the same message, in the order in which it died
 * @param body the mail, if the caller may see it and it could be read
 * @param bodyBase64 the record's bytes, if they could not be read
 */
record LetterDetail(
    @JsonUnwrapped Letter letter,
    List<HeadersJson.Entry> headers,
    List<Letter> history,
    @Nullable Mail body,
    @Nullable String bodyBase64,
    Links links) {

  /** Where to look next. */
  record Links(@Nullable String message) {}
}
