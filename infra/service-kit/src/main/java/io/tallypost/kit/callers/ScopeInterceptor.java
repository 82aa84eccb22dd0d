package io.tallypost.kit.callers;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.aopalliance.intercept.MethodInvocation;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.authorization.method.PreAuthorizeAuthorizationManager;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.util.SimpleMethodInvocation;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/**
 * Checks a method's {@code @PreAuthorize} before its arguments are made. Method security checks
 * only after that, when the body of a caller without the right has been read and parsed.
 */
public final class ScopeInterceptor implements HandlerInterceptor {
  private final AuthorizationManager<MethodInvocation> rules =
      new PreAuthorizeAuthorizationManager();

  /**
   * Lets authorised callers through.
   *
   * @throws AccessDeniedException if the caller lacks the scope
   */
  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    if (handler instanceof HandlerMethod method) {
      var call =
          new SimpleMethodInvocation(
              method.getBean(),
              method.getMethod(),
              new Object[method.getMethodParameters().length]);
      var result =
          rules.authorize(() -> SecurityContextHolder.getContext().getAuthentication(), call);
      if (result != null && !result.isGranted()) {
        throw new AccessDeniedException("the scope is missing");
      }
    }
    return true;
  }
}
