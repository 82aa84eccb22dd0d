package io.tallypost.intake.send;

import io.tallypost.events.PolicyUsage;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.SendRequested;
import io.tallypost.intake.limits.RateLimitHeaders;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.tracing.CurrentTrace;
import io.tallypost.kit.tracing.TracingSettings;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;

/** Turns the result of a request into HTTP. */
final class SendAnswers {
  /** Long enough for Kafka to elect a new leader. */
  private static final String BROKER_RETRY_SECONDS = "5";

  private final String publicUrl;
  private final CurrentTrace trace;
  private final TracingSettings tracing;
  private final InstantSource clock;

  SendAnswers(String publicUrl, CurrentTrace trace, TracingSettings tracing, InstantSource clock) {
    this.publicUrl = publicUrl;
    this.trace = trace;
    this.tracing = tracing;
    this.clock = clock;
  }

  /**
   * The answer to one POST.
   *
   * @throws ProblemException if the mail was not taken
   */
  ResponseEntity<SendAnswer> answer(Submitted submitted) {
    return switch (submitted) {
      case Submitted.Decided(var request, var decision) -> decided(request, decision);
      case Submitted.Queued(var request, var late) -> queued(request, late);
      case Submitted.Refused(var units, var policies) -> {
        Instant now = clock.instant();
        throw withStanding(exceeded(units, policies, now), policies, now);
      }
      case Submitted.Unacknowledged _ -> throw unacknowledged();
    };
  }

  private ResponseEntity<SendAnswer> decided(SendRequested request, QuotaDecided decision) {
    return switch (decision.verdict()) {
      case APPROVED -> approved(request, decision, new HttpHeaders());
      case REPLAYED -> {
        var headers = new HttpHeaders();
        headers.set("Idempotent-Replayed", "true");
        yield approved(request, decision, headers);
      }
      case REJECTED -> throw rejected(request, decision);
      case KEY_REUSED -> throw keyReused(decision);
    };
  }

  private ResponseEntity<SendAnswer> approved(
      SendRequested request, QuotaDecided decision, HttpHeaders headers) {
    headers.addAll(RateLimitHeaders.standing(decision.policies(), clock.instant()));
    Long remaining =
        decision.policies().stream().map(PolicyUsage::remaining).min(Long::compare).orElse(null);
    return ResponseEntity.accepted()
        .headers(headers)
        .body(
            body(
                request,
                SendAnswer.Status.APPROVED,
                remaining,
                Optional.ofNullable(decision.traceId())));
  }

  private ResponseEntity<SendAnswer> queued(SendRequested request, boolean late) {
    var answer = ResponseEntity.accepted();
    if (!late) {
      answer.header("Preference-Applied", Preference.RESPOND_ASYNC);
    }
    return answer.body(body(request, SendAnswer.Status.QUEUED, null, Optional.empty()));
  }

  private SendAnswer body(
      SendRequested request,
      SendAnswer.Status status,
      @Nullable Long remaining,
      Optional<String> messageTrace) {
    Optional<String> traceId = messageTrace.or(trace::id);
    return new SendAnswer(
        request.messageId(),
        request.messageId().internetMessageId(request.mail().from().address()),
        status,
        remaining,
        traceId.orElse(null),
        links(request, traceId));
  }

  private SendAnswer.Links links(SendRequested request, Optional<String> traceId) {
    return new SendAnswer.Links(
        publicUrl + "/api/v1/messages/" + request.messageId(),
        traceId.flatMap(tracing::link).orElse(null));
  }

  private ProblemException rejected(SendRequested request, QuotaDecided decision) {
    Instant now = clock.instant();
    var problem =
        exceeded(decision.units(), decision.policies(), now)
            .with("id", request.messageId())
            .with("links", links(request, trace.id()));
    return withStanding(problem, decision.policies(), now);
  }

  private static ProblemException exceeded(int units, List<PolicyUsage> policies, Instant now) {
    List<PolicyUsage> violated = policies.stream().filter(PolicyUsage::violated).toList();
    // A client that returns before the last of them resets is refused again.
    long retryAfter =
        violated.stream()
            .mapToLong(policy -> RateLimitHeaders.secondsUntil(policy.resetsAt(), now))
            .max()
            .orElse(0);
    String names =
        violated.stream()
            .map(policy -> policy.policy().wireName() + " (" + policy.limit() + ")")
            .collect(Collectors.joining(", "));
    return new ProblemException(
            HttpStatus.TOO_MANY_REQUESTS,
            "quota_exceeded",
            "The mail's %d recipient(s) do not fit what is left of: %s. Nothing was charged."
                .formatted(units, names))
        .with("violations", violated.stream().map(Violation::of).toList())
        .header(HttpHeaders.RETRY_AFTER, Long.toString(Math.max(1, retryAfter)));
  }

  private ProblemException keyReused(QuotaDecided decision) {
    var problem =
        new ProblemException(
            HttpStatus.UNPROCESSABLE_CONTENT,
            "idempotency_key_reused",
            "This Idempotency-Key belongs to a mail with another content. Take a new key for a new mail.");
    return withStanding(problem, decision.policies(), clock.instant());
  }

  private static ProblemException withStanding(
      ProblemException problem, List<PolicyUsage> policies, Instant now) {
    RateLimitHeaders.standing(policies, now)
        .forEach((name, values) -> values.forEach(value -> problem.header(name, value)));
    return problem;
  }

  /** One of the limits that a mail does not fit into. */
  private record Violation(String policy, long limit, long used, Instant resetsAt) {
    static Violation of(PolicyUsage usage) {
      return new Violation(
          usage.policy().wireName(), usage.limit(), usage.used(), usage.resetsAt());
    }
  }

  private static ProblemException unacknowledged() {
    return new ProblemException(
            HttpStatus.SERVICE_UNAVAILABLE,
            "broker_unavailable",
            "The message broker did not confirm in time, so the mail may have been accepted or not. Repeat the request with its Idempotency-Key: it is then sent once at most.")
        .header(HttpHeaders.RETRY_AFTER, BROKER_RETRY_SECONDS);
  }
}
