package io.tallypost.kit.callers;

import io.tallypost.events.AdminEntry.Actor;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.kit.problems.RequestIdFilter;
import java.util.Optional;
import org.slf4j.MDC;
import org.springframework.security.core.context.SecurityContextHolder;

/** Who acts in this thread, for the admin log. */
public final class Actors {
  private Actors() {}

  /** The caller whose request this thread answers, with the address that it called from. */
  public static Optional<Actor> current() {
    if (!(SecurityContextHolder.getContext().getAuthentication()
        instanceof ApiKeyAuthentication authentication)) {
      return Optional.empty();
    }
    Caller caller = authentication.getPrincipal();
    ApiKeyState key = caller.key();
    return Optional.of(
        new Actor(
            key.id().value(),
            key.name(),
            key.tenant(),
            caller.credential().client(),
            MDC.get(RequestIdFilter.MDC_KEY)));
  }

  /** The same, for a thread that certainly answers this caller. */
  public static Actor of(Caller caller) {
    return current().orElseGet(() -> Actor.key(caller.apiKeyId()));
  }
}
