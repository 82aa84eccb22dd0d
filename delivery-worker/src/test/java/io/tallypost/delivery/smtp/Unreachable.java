package io.tallypost.delivery.smtp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** An address that does not answer who wants to connect: nobody accepts, and its queue is full. */
final class Unreachable implements AutoCloseable {
  private final ServerSocket full = new ServerSocket();
  private final List<Socket> waiting = new ArrayList<>();

  private Unreachable(InetSocketAddress address) throws IOException {
    full.bind(address, 1);
    while (connects()) {}
  }

  static Unreachable at(InetAddress machine, int port) throws IOException {
    return new Unreachable(new InetSocketAddress(machine, port));
  }

  private boolean connects() {
    var one = new Socket();
    waiting.add(one);
    try {
      one.connect(full.getLocalSocketAddress(), 100);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    for (Socket one : waiting) {
      one.close();
    }
    full.close();
  }
}
