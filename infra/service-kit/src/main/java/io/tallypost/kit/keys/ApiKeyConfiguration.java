package io.tallypost.kit.keys;

import static org.springframework.security.config.Customizer.withDefaults;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.tallypost.events.Topics;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.callers.CallerArgumentResolver;
import io.tallypost.kit.callers.ParameterInterceptor;
import io.tallypost.kit.callers.ScopeInterceptor;
import io.tallypost.kit.problems.Problems;
import io.tallypost.kit.problems.Refusals;
import io.tallypost.kit.view.CompactedView;
import io.tallypost.kit.web.WebConfiguration;
import io.tallypost.kit.web.WebHeaders;
import java.time.InstantSource;
import java.util.List;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Requires a key from every caller. What a key may do is declared at the methods. */
@AutoConfiguration(after = WebConfiguration.class)
@EnableMethodSecurity
@EnableConfigurationProperties({ApiKeySettings.class, TenantSettings.class})
public class ApiKeyConfiguration {

  @Bean
  @ConditionalOnMissingBean
  InstantSource clock() {
    return InstantSource.system();
  }

  /** A span and a timer for each of Spring Security's filters cost more than they tell. */
  @Bean
  SecurityObservationSettings securityObservations() {
    return SecurityObservationSettings.noObservations();
  }

  @Bean
  BCryptPasswordEncoder bcrypt(ApiKeySettings settings) {
    return new BCryptPasswordEncoder(settings.bcryptCost());
  }

  @Bean
  BcryptPool bcryptPool(BCryptPasswordEncoder bcrypt) {
    return new BcryptPool(bcrypt);
  }

  @Bean
  CompactedView<ApiKeyState> apiKeys(KafkaProperties kafka) {
    return new CompactedView<>(Topics.API_KEYS, ApiKeyState.class, kafka.buildConsumerProperties());
  }

  @Bean
  CompactedView<TenantState> tenants(KafkaProperties kafka) {
    return new CompactedView<>(Topics.TENANTS, TenantState.class, kafka.buildConsumerProperties());
  }

  /** Up when all keys and tenants that existed at the start have been read. */
  @Bean
  HealthIndicator apiKeysHealthIndicator(
      CompactedView<ApiKeyState> apiKeys, CompactedView<TenantState> tenants) {
    return () ->
        apiKeys.isCaughtUp() && tenants.isCaughtUp()
            ? Health.up().build()
            : Health.outOfService().build();
  }

  @Bean
  ApiKeyAuthenticator apiKeyAuthenticator(
      CompactedView<ApiKeyState> apiKeys, BcryptPool bcrypt, InstantSource clock) {
    return new ApiKeyAuthenticator(apiKeys, bcrypt, clock);
  }

  @Bean
  Revalidation revalidation(
      CompactedView<ApiKeyState> apiKeys, CompactedView<TenantState> tenants, InstantSource clock) {
    return new Revalidation(apiKeys, tenants, clock);
  }

  @Bean
  RevalidationAdvice revalidationAdvice(Revalidation revalidation) {
    return new RevalidationAdvice(revalidation);
  }

  @Bean
  MeterBinder keyExpiry(CompactedView<ApiKeyState> apiKeys, InstantSource clock) {
    return registry -> KeyExpiry.show(apiKeys, clock, registry);
  }

  @Bean
  SecurityFilterChain apiKeySecurity(
      HttpSecurity http,
      ApiKeyAuthenticator authenticator,
      CompactedView<ApiKeyState> apiKeys,
      CompactedView<TenantState> tenants,
      ApiKeySettings settings,
      InstantSource clock,
      MeterRegistry registry,
      Problems problems) {
    return http.csrf(AbstractHttpConfigurer::disable)
        .cors(withDefaults())
        .headers(headers ->
            // The others are Spring Security's own: nosniff, no-store, no frames, HSTS over TLS
            // only.
            headers
                .referrerPolicy(referrer -> referrer.policy(ReferrerPolicy.NO_REFERRER))
                .addHeaderWriter(WebHeaders::writeContentPolicy))
        .logout(AbstractHttpConfigurer::disable)
        .requestCache(AbstractHttpConfigurer::disable)
        .sessionManagement(
            session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
        .addFilterBefore(
            new ApiKeyFilter(
                authenticator,
                apiKeys,
                tenants,
                settings.clientAddresses(),
                new WrongKeys(settings.failuresPerMinute()),
                clock,
                new AuthenticationMetrics(registry, authenticator),
                problems),
            AnonymousAuthenticationFilter.class)
        .addFilterAfter(
            new AdminRateFilter(
                settings.adminCallsPerMinute(), settings.tenantChangesPerMinute(), problems),
            AnonymousAuthenticationFilter.class)
        .authorizeHttpRequests(requests ->
            requests
                .requestMatchers(PublicPaths.all())
                .permitAll()
                // Made anew for each language under one lock; /openapi.json is a file.
                .requestMatchers("/v3/api-docs", "/v3/api-docs.yaml", "/v3/api-docs/**")
                .denyAll()
                .requestMatchers("/loggers", "/loggers/**")
                .hasAuthority("SCOPE_operator")
                .anyRequest()
                .authenticated())
        .exceptionHandling(refusals ->
            refusals
                .authenticationEntryPoint(
                    (request, response, e) -> problems.write(response, Refusals.unauthorized()))
                .accessDeniedHandler(
                    (request, response, e) -> problems.write(response, Refusals.missingScope())))
        .build();
  }

  @Bean
  WebMvcConfigurer callerArgument() {
    return new WebMvcConfigurer() {
      @Override
      public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
        resolvers.add(new CallerArgumentResolver());
      }

      @Override
      public void addInterceptors(InterceptorRegistry interceptors) {
        interceptors.addInterceptor(new ScopeInterceptor());
        interceptors
            .addInterceptor(new ParameterInterceptor())
            .excludePathPatterns(PublicPaths.all());
      }
    };
  }
}
