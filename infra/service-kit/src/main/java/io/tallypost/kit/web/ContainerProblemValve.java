package io.tallypost.kit.web;

import io.tallypost.kit.problems.Problems;
import io.tallypost.kit.problems.Refusals;
import io.tallypost.kit.problems.RequestIdFilter;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.coyote.ActionCode;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Answers requests that the container refuses before any filter (invalid paths, headers and
 * methods) with a problem instead of the container's page.
 */
final class ContainerProblemValve extends ErrorReportValve {
  private final Problems problems;

  ContainerProblemValve(Problems problems) {
    this.problems = problems;
  }

  @Override
  protected void report(Request request, Response response, @Nullable Throwable cause) {
    if (response.getStatus() < 400
        || response.getContentWritten() > 0
        || !response.setErrorReported()
        || !canWrite(response)) {
      return;
    }
    String id = RequestIdFilter.idOf(request);
    response.setHeader(RequestIdFilter.HEADER, id);
    WebHeaders.protect(response);
    try (var _ = MDC.putCloseable(RequestIdFilter.MDC_KEY, id)) {
      problems.write(response, Refusals.byContainer(response.getStatus()));
    } catch (IOException e) {
      // The client has not waited for its answer.
    }
  }

  private static boolean canWrite(Response response) {
    var allowed = new AtomicBoolean();
    response.getCoyoteResponse().action(ActionCode.IS_IO_ALLOWED, allowed);
    return allowed.get();
  }
}
