package io.tallypost.kit.web;

import io.tallypost.kit.problems.Problems;
import io.tallypost.kit.problems.Refusals;
import io.tallypost.kit.problems.RequestIdFilter;
import io.tallypost.kit.tracing.CurrentTrace;
import java.io.IOException;
import java.util.List;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.http.MediaType;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpResponse;
import org.springframework.web.accept.FixedContentNegotiationStrategy;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.CorsConfigurationSource;
import org.springframework.web.cors.DefaultCorsProcessor;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;
import org.springframework.web.filter.CorsFilter;
import org.springframework.web.servlet.config.annotation.ContentNegotiationConfigurer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import tools.jackson.databind.json.JsonMapper;

/** Gives every service the same request ids, limits and problems. */
@AutoConfiguration(
    beforeName = "org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration")
@EnableConfigurationProperties(WebSettings.class)
@Import({ProblemAdvice.class, ProblemErrorController.class})
public class WebConfiguration {
  /** Behind Spring Security, so that nobody without a key makes us read a body. */
  private static final int AFTER_SECURITY = 0;

  /**
   * Behind Spring Security (-100), whose headers an answer needs, and before all that counts
   * requests.
   */
  private static final int BEFORE_COUNTING = -60;

  @Bean
  Problems problems(CurrentTrace trace, JsonMapper json) {
    return new Problems(trace, json);
  }

  /** Nobody, unless it is set: then those sites, with keys in headers and never with cookies. */
  @Bean
  CorsConfigurationSource corsConfigurationSource(WebSettings settings) {
    var source = new UrlBasedCorsConfigurationSource();
    if (!settings.cors().allowedOrigins().isEmpty()) {
      var cors = new CorsConfiguration();
      cors.setAllowedOrigins(settings.cors().allowedOrigins());
      cors.setAllowedMethods(List.of("GET", "POST", "PUT", "PATCH", "DELETE"));
      cors.setAllowedHeaders(List.of(CorsConfiguration.ALL));
      cors.setExposedHeaders(List.of(RequestIdFilter.HEADER, "Retry-After", "RateLimit"));
      source.registerCorsConfiguration("/**", cors);
    }
    return source;
  }

  /** Spring Security takes it by its name, in place of one whose refusals are plain text. */
  @Bean
  CorsFilter corsFilter(CorsConfigurationSource corsConfigurationSource, Problems problems) {
    var filter = new CorsFilter(corsConfigurationSource);
    filter.setCorsProcessor(
        new DefaultCorsProcessor() {
          @Override
          protected void rejectRequest(ServerHttpResponse response) throws IOException {
            problems.write(
                ((ServletServerHttpResponse) response).getServletResponse(),
                Refusals.originNotAllowed());
          }
        });
    return filter;
  }

  @Bean
  FilterRegistrationBean<CorsFilter> corsFilterInSpringSecurityOnly(CorsFilter corsFilter) {
    var registration = new FilterRegistrationBean<>(corsFilter);
    registration.setEnabled(false);
    return registration;
  }

  @Bean
  FilterRegistrationBean<RequestIdFilter> requestIdFilter() {
    var registration = new FilterRegistrationBean<>(new RequestIdFilter());
    // Behind the observation filter, which begins the span.
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE + 10);
    return registration;
  }

  @Bean
  TomcatCustomizer tomcat(WebSettings settings, Problems problems) {
    return new TomcatCustomizer(settings, problems);
  }

  /**
   * Answers are JSON whatever is accepted, as RFC 9110, section 12.5.1 allows: a 406 would come
   * when the mail is sent, or the key is made, that it tells of.
   */
  @Bean
  WebMvcConfigurer answersWithoutNegotiation() {
    return new WebMvcConfigurer() {
      @Override
      public void configureContentNegotiation(ContentNegotiationConfigurer negotiation) {
        negotiation.strategies(List.of(new FixedContentNegotiationStrategy(MediaType.ALL)));
      }
    };
  }

  @Bean
  FilterRegistrationBean<QueryFilter> queryFilter(Problems problems) {
    var registration = new FilterRegistrationBean<>(new QueryFilter(problems));
    registration.setOrder(BEFORE_COUNTING);
    return registration;
  }

  @Bean
  FilterRegistrationBean<BodyTypeFilter> bodyTypeFilter(Problems problems) {
    var registration = new FilterRegistrationBean<>(new BodyTypeFilter(problems));
    registration.setOrder(AFTER_SECURITY - 1);
    return registration;
  }

  @Bean
  FilterRegistrationBean<BodyLimitFilter> bodyLimitFilter(WebSettings settings, Problems problems) {
    var registration =
        new FilterRegistrationBean<>(new BodyLimitFilter(settings.maxBody(), problems));
    registration.setOrder(AFTER_SECURITY);
    return registration;
  }
}
