package io.tallypost.kit.testing;

import io.tallypost.kit.keys.PublicPaths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.springframework.context.ApplicationContext;
import org.springframework.http.server.PathContainer;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/** What a running service answers at a path. */
record Endpoint(String method, PathPattern pattern) {
  /** Those of the controllers with such a class name. */
  static List<Endpoint> of(ApplicationContext service, Predicate<String> ofHandler) {
    var found = new ArrayList<Endpoint>();
    service
        .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
        .getHandlerMethods()
        .forEach((mapping, handler) -> {
          if (!ofHandler.test(handler.getBeanType().getName())) {
            return;
          }
          var methods = mapping.getMethodsCondition().getMethods();
          for (var pattern :
              Objects.requireNonNull(mapping.getPathPatternsCondition()).getPatterns()) {
            if (methods.isEmpty()) {
              found.add(new Endpoint("GET", pattern));
            }
            methods.forEach(method -> found.add(new Endpoint(method.name(), pattern)));
          }
        });
    return found;
  }

  String name() {
    return method + " " + pattern.getPatternString();
  }

  String path() {
    return pattern.getPatternString().replaceAll("\\{[^}]*}", "1");
  }

  boolean isPublic() {
    var path = PathContainer.parsePath(path());
    return Arrays.stream(PublicPaths.all())
        .map(PathPatternParser.defaultInstance::parse)
        .anyMatch(open -> open.matches(path));
  }
}
