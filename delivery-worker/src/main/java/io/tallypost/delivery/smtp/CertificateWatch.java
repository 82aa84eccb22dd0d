package io.tallypost.delivery.smtp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.time.Instant;
import javax.net.ssl.HandshakeCompletedEvent;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes TLS connections as another factory does, and remembers until when the certificate is valid
 * that a relay showed last. The mail library keeps the connections that it makes after STARTTLS to
 * itself, hence here. Certificates that are not trusted end the handshake and are not seen.
 */
final class CertificateWatch extends SSLSocketFactory {
  private final SSLSocketFactory factory;
  private volatile @Nullable Instant expiresAt;

  CertificateWatch(SSLSocketFactory factory) {
    this.factory = factory;
  }

  /** When the certificate of the last handshake expires; null before the first one. */
  @Nullable Instant expiresAt() {
    return expiresAt;
  }

  private Socket watched(Socket socket) {
    if (socket instanceof SSLSocket secured) {
      secured.addHandshakeCompletedListener(this::completed);
    }
    return socket;
  }

  private void completed(HandshakeCompletedEvent handshake) {
    try {
      if (handshake.getPeerCertificates()[0] instanceof X509Certificate certificate) {
        expiresAt = certificate.getNotAfter().toInstant();
      }
    } catch (SSLPeerUnverifiedException e) {
      // A cipher without certificates, which no default allows: there is nothing to expire.
    }
  }

  @Override
  public Socket createSocket(Socket socket, String host, int port, boolean autoClose)
      throws IOException {
    return watched(factory.createSocket(socket, host, port, autoClose));
  }

  @Override
  public Socket createSocket() throws IOException {
    return watched(factory.createSocket());
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return watched(factory.createSocket(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort)
      throws IOException {
    return watched(factory.createSocket(host, port, local, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return watched(factory.createSocket(host, port));
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
      throws IOException {
    return watched(factory.createSocket(host, port, local, localPort));
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return factory.getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return factory.getSupportedCipherSuites();
  }
}
