package io.tallypost.kit.callers;

import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonObject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.MethodParameter;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/**
 * Refuses query parameters that a method does not name: one with a slip in its name would be
 * ignored, and something else be done than was asked for. A method that takes all of them as a map
 * judges for itself.
 */
public final class ParameterInterceptor implements HandlerInterceptor {
  private final ParameterNameDiscoverer names = new DefaultParameterNameDiscoverer();

  /**
   * Lets calls through whose parameters are known.
   *
   * @throws io.tallypost.kit.problems.ProblemException 422 that names the others
   */
  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    if (request.getQueryString() != null && handler instanceof HandlerMethod method) {
      known(method).ifPresent(known -> refuseUnknown(request, known));
    }
    return true;
  }

  private static void refuseUnknown(HttpServletRequest request, Set<String> known) {
    var problems = new FieldProblems();
    for (String name : request.getParameterMap().keySet()) {
      if (!known.contains(name)) {
        problems.add(JsonObject.pointerTo(name), "is not a parameter of this call");
      }
    }
    problems.refuseIfAny();
  }

  /** Empty for a method that judges for itself. */
  private Optional<Set<String>> known(HandlerMethod method) {
    var known = new HashSet<String>();
    for (MethodParameter parameter : method.getMethodParameters()) {
      RequestParam query = parameter.getParameterAnnotation(RequestParam.class);
      if (query != null) {
        if (MultiValueMap.class.isAssignableFrom(parameter.getParameterType())) {
          return Optional.empty();
        }
        known.add(query.name().isEmpty() ? name(parameter) : query.name());
      }
    }
    return Optional.of(known);
  }

  private String name(MethodParameter parameter) {
    parameter.initParameterNameDiscovery(names);
    String name = parameter.getParameterName();
    if (name == null) {
      throw new IllegalStateException("compiled without the names of parameters: " + parameter);
    }
    return name;
  }
}
