package io.tallypost.kit.web;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;
import org.apache.coyote.InputBuffer;
import org.apache.tomcat.util.net.ApplicationBufferHandler;

/**
 * Gives a request's body a deadline, whether somebody reads it or not. The unread rest is read
 * after the answer, so that a client that is still sending sees the answer and not a reset. It
 * stands outside the filters because only the container can stop reading.
 */
final class BodyDeadlineValve extends ValveBase {
  /** More than this is not read after an answer: the connection is closed. */
  private static final long LONGEST_REST = 32L * 1024 * 1024;

  private final Duration timeout;

  BodyDeadlineValve(Duration timeout) {
    super(true);
    this.timeout = timeout;
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    var wire = request.getCoyoteRequest();
    if (is(ActionCode.IS_ERROR, wire) || isFullyRead(wire)) {
      // Without a body, or so malformed that the container stops reading.
      getNext().invoke(request, response);
      return;
    }
    InputBuffer body = wire.getInputBuffer();
    wire.setInputBuffer(new DeadlineInput(body, System.nanoTime() + timeout.toNanos()));
    try {
      getNext().invoke(request, response);
      if (!isFullyRead(wire)) {
        response.finishResponse();
        if (!readRest(wire)) {
          wire.action(ActionCode.DISABLE_SWALLOW_INPUT, null);
        }
      }
    } finally {
      wire.setInputBuffer(body);
    }
  }

  private static boolean isFullyRead(org.apache.coyote.Request wire) {
    return is(ActionCode.REQUEST_BODY_FULLY_READ, wire);
  }

  private static boolean is(ActionCode question, org.apache.coyote.Request wire) {
    var answer = new AtomicBoolean();
    wire.action(question, answer);
    return answer.get();
  }

  private static boolean readRest(org.apache.coyote.Request wire) {
    if (wire.hasExpectation() && wire.getBytesRead() == 0) {
      // It was not told to continue (RFC 9110, section 10.1.1), and may never send a body.
      return false;
    }
    var rest = new Rest();
    try {
      long read = 0;
      while (read <= LONGEST_REST) {
        int more = wire.doRead(rest);
        if (more < 0) {
          return true;
        }
        read += more;
      }
    } catch (IOException late) {
      return false;
    }
    return false;
  }

  /** The buffer for data that nobody wants: the container's own. */
  private static final class Rest implements ApplicationBufferHandler {
    private ByteBuffer buffer = ByteBuffer.allocate(0);

    @Override
    public void setByteBuffer(ByteBuffer buffer) {
      this.buffer = buffer;
    }

    @Override
    public ByteBuffer getByteBuffer() {
      return buffer;
    }

    @Override
    public void expand(int size) {}
  }
}
