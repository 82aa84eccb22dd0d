package io.tallypost.kit.keys;

import io.tallypost.kit.callers.ApiKeyAuthentication;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.servlet.mvc.method.annotation.RequestBodyAdviceAdapter;

/**
 * Looks at the caller of every request again once its body has been read. Method security, which
 * comes next, then checks the scopes that the key has now.
 */
@ControllerAdvice
final class RevalidationAdvice extends RequestBodyAdviceAdapter {
  private final Revalidation revalidation;

  RevalidationAdvice(Revalidation revalidation) {
    this.revalidation = revalidation;
  }

  @Override
  public boolean supports(
      MethodParameter parameter, Type type, Class<? extends HttpMessageConverter<?>> converter) {
    return true;
  }

  @Override
  public Object afterBodyRead(
      Object body,
      HttpInputMessage message,
      MethodParameter parameter,
      Type type,
      Class<? extends HttpMessageConverter<?>> converter) {
    revalidate();
    return body;
  }

  @Override
  public @Nullable Object handleEmptyBody(
      @Nullable Object body,
      HttpInputMessage message,
      MethodParameter parameter,
      Type type,
      Class<? extends HttpMessageConverter<?>> converter) {
    revalidate();
    return body;
  }

  private void revalidate() {
    SecurityContext context = SecurityContextHolder.getContext();
    if (context.getAuthentication() instanceof ApiKeyAuthentication caller) {
      context.setAuthentication(
          new ApiKeyAuthentication(revalidation.asOfNow(caller.getPrincipal())));
    }
  }
}
