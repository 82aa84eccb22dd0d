package io.tallypost.kit.web;

import java.io.IOException;
import java.net.SocketTimeoutException;
import org.apache.coyote.InputBuffer;
import org.apache.tomcat.util.net.ApplicationBufferHandler;

/**
 * A request's body, until its time is up. The container's own limit is for each read, which a
 * client that sends a byte now and then never reaches.
 */
final class DeadlineInput implements InputBuffer {
  private final InputBuffer wire;
  private final long deadline;

  /**
   * Limits a body.
   *
   * @param deadline by {@link System#nanoTime()}
   */
  DeadlineInput(InputBuffer wire, long deadline) {
    this.wire = wire;
    this.deadline = deadline;
  }

  /** Fails as a read that timed out does, which the container answers with 408. */
  @Override
  public int doRead(ApplicationBufferHandler handler) throws IOException {
    refuseIfLate();
    int read = wire.doRead(handler);
    if (read >= 0) {
      refuseIfLate();
    }
    return read;
  }

  private void refuseIfLate() throws SocketTimeoutException {
    if (System.nanoTime() - deadline >= 0) {
      throw new SocketTimeoutException("the body did not arrive in time");
    }
  }

  @Override
  public int available() {
    return wire.available();
  }
}
