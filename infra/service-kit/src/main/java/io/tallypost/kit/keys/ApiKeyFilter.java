package io.tallypost.kit.keys;

import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.callers.ApiKeyAuthentication;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.callers.Credential;
import io.tallypost.kit.keys.AuthenticationMetrics.Reason;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.problems.Problems;
import io.tallypost.kit.problems.Refusals;
import io.tallypost.kit.view.CompactedView;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.springframework.http.HttpHeaders;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Finds out who calls, from {@code X-API-Key} or {@code Authorization: Bearer}; never from the URL,
 * which ends up in logs. A caller without a key continues as anonymous, and is refused where a key
 * is needed.
 */
final class ApiKeyFilter extends OncePerRequestFilter {
  private static final String API_KEY = "X-API-Key";
  private static final String BEARER = "bearer ";

  private final ApiKeyAuthenticator authenticator;
  private final CompactedView<ApiKeyState> keys;
  private final CompactedView<TenantState> tenants;
  private final ClientAddresses addresses;
  private final WrongKeys wrongKeys;

  /** Numbers the checks of whole sites, for their order alone. */
  private final WrongKeys sites = WrongKeys.unlimited();

  private final InstantSource clock;
  private final AuthenticationMetrics metrics;
  private final Problems problems;

  ApiKeyFilter(
      ApiKeyAuthenticator authenticator,
      CompactedView<ApiKeyState> keys,
      CompactedView<TenantState> tenants,
      ClientAddresses addresses,
      WrongKeys wrongKeys,
      InstantSource clock,
      AuthenticationMetrics metrics,
      Problems problems) {
    this.authenticator = authenticator;
    this.keys = keys;
    this.tenants = tenants;
    this.addresses = addresses;
    this.wrongKeys = wrongKeys;
    this.clock = clock;
    this.metrics = metrics;
    this.problems = problems;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String presented = presented(request);
    if (presented == null) {
      chain.doFilter(request, response);
      return;
    }
    if (!keys.isCaughtUp() || !tenants.isCaughtUp()) {
      refuse(response, Refusals.unavailable("The service is starting; try again."));
      return;
    }
    String client = addresses.of(request);
    // A key that was good before continues to work, whatever others behind the same address try.
    Optional<ApiKeyAuthenticator.Result> known = authenticator.recall(presented);
    if (known.isPresent()) {
      answer(known.get(), client, request, response, chain);
      return;
    }
    // A key that is being checked for others costs nothing more: a returning client uses one key on
    // many connections.
    Optional<ApiKeyAuthenticator.Result> joined = authenticator.join(presented);
    if (joined.isPresent()) {
      answer(joined.get(), client, request, response, chain);
      return;
    }
    String network = ClientAddresses.network(client);
    Instant now = clock.instant();
    WrongKeys.Charge charge = wrongKeys.charge(network, now);
    if (charge.tooMany() && charge.wrong()) {
      refuse(response, Reason.TOO_MANY_FAILURES, WrongKeys.refusal(charge, now));
      return;
    }
    if (charge.tooMany()) {
      refuse(response, Reason.BUSY, Refusals.tooManyKeys());
      return;
    }
    answer(check(presented, client, charge, now), client, request, response, chain);
  }

  private ApiKeyAuthenticator.Result check(
      String presented, String client, WrongKeys.Charge charge, Instant now) {
    WrongKeys.Charge ofSite = sites.charge(ClientAddresses.site(client), now);
    int rank = Math.max(charge.number(), ofSite.number());
    var result = authenticator.authenticate(presented, rank);
    if (result instanceof ApiKeyAuthenticator.Result.Unknown) {
      wrongKeys.confirm(charge);
    } else {
      wrongKeys.refund(charge);
      sites.refund(ofSite);
    }
    return result;
  }

  private void answer(
      ApiKeyAuthenticator.Result result,
      String client,
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain)
      throws ServletException, IOException {
    switch (result) {
      case ApiKeyAuthenticator.Result.Authenticated(var key, var secret) ->
          admit(new Caller(key, new Credential(secret, client)), request, response, chain);
      case ApiKeyAuthenticator.Result.Unknown() ->
          refuse(response, Reason.UNKNOWN, Refusals.unauthorized());
      case ApiKeyAuthenticator.Result.Disabled() ->
          refuse(response, Reason.DISABLED, Refusals.keyDisabled());
      case ApiKeyAuthenticator.Result.Expired() ->
          refuse(response, Reason.EXPIRED, Refusals.keyExpired());
      case ApiKeyAuthenticator.Result.Busy() ->
          refuse(response, Reason.BUSY, Refusals.tooManyKeys());
    }
  }

  private void admit(
      Caller caller, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (!caller.key().restrictions().allowsClient(caller.credential().client())) {
      refuse(response, Reason.ADDRESS, Refusals.addressNotAllowed());
      return;
    }
    // A tenant that is not on the topic dates from before there were tenants.
    var tenant = tenants.get(caller.tenant().value());
    if (tenant.isPresent() && !tenant.get().enabled()) {
      refuse(response, Reason.TENANT_DISABLED, Refusals.tenantDisabled());
      return;
    }
    continueAs(tenant.map(caller::within).orElse(caller), request, response, chain);
  }

  private static void continueAs(
      Caller caller, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    SecurityContextHolder.setContext(new SecurityContextImpl(new ApiKeyAuthentication(caller)));
    try (var _ = MDC.putCloseable("api_key_id", caller.apiKeyId().value());
        var _ = MDC.putCloseable("tenant_id", caller.tenant().value())) {
      chain.doFilter(request, response);
    }
  }

  private void refuse(HttpServletResponse response, Reason reason, ProblemException problem)
      throws IOException {
    metrics.refused(reason);
    refuse(response, problem);
  }

  private void refuse(HttpServletResponse response, ProblemException problem) throws IOException {
    problems.write(response, problem);
  }

  private static @Nullable String presented(HttpServletRequest request) {
    String apiKey = request.getHeader(API_KEY);
    if (apiKey != null) {
      return apiKey.strip();
    }
    String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
    if (authorization == null) {
      return null;
    }
    // Another scheme counts as an unknown key.
    return authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? authorization.substring(BEARER.length()).strip()
        : "";
  }
}
