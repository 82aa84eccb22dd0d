package io.tallypost.kit.web;

import io.tallypost.kit.problems.Problems;
import org.apache.catalina.core.StandardHost;
import org.springframework.boot.tomcat.ConfigurableTomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;

/** Fits Tomcat with what its settings do not offer. */
final class TomcatCustomizer
    implements WebServerFactoryCustomizer<ConfigurableTomcatWebServerFactory>, Ordered {
  private final WebSettings settings;
  private final Problems problems;

  TomcatCustomizer(WebSettings settings, Problems problems) {
    this.settings = settings;
    this.problems = problems;
  }

  @Override
  public void customize(ConfigurableTomcatWebServerFactory factory) {
    factory.addEngineValves(new BodyDeadlineValve(settings.bodyTimeout()));
    factory.addContextCustomizers(context -> {
      // Without a page of the container's own: what is behind its last valve answers first.
      var host = (StandardHost) context.getParent();
      host.setErrorReportValveClass("");
      host.getPipeline().addValve(new ContainerProblemValve(problems));
    });
    // A client that asks before it sends its body (RFC 9110, section 10.1.1) is told to go on when
    // somebody reads it, and so not before its key and scope are known.
    factory.addConnectorCustomizers(
        connector -> connector.setProperty("continueResponseTiming", "onRead"));
  }

  /** Behind Boot's own, whose error page is then never asked for. */
  @Override
  public int getOrder() {
    return Ordered.LOWEST_PRECEDENCE;
  }
}
