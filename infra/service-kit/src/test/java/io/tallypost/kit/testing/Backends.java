package io.tallypost.kit.testing;

import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.test.context.DynamicPropertyRegistry;

/**
 * A real Kafka broker and a real PostgreSQL server, one of each per JVM, started when they are
 * first asked for: containers where Docker answers and has the images, processes from Maven's jars
 * otherwise. The tests are the same on both.
 */
public final class Backends {
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private Backends() {}

  /** A database of one test's own. */
  public record Database(String jdbcUrl, String user, String password) {}

  /** What a broker and a database server come from. */
  interface Source {
    String kafka();

    Database database(String name);
  }

  /** Started by the first caller; the JVM's end is theirs too. */
  private static final class Lazy {
    static final Source SOURCE =
        ContainerBackends.available() ? new ContainerBackends() : new EmbeddedBackends();
  }

  /** The broker's bootstrap servers. */
  public static String kafka() {
    return Lazy.SOURCE.kafka();
  }

  /** A new, empty database. */
  public static Database database() {
    return Lazy.SOURCE.database("tallypost_" + DATABASES.incrementAndGet());
  }

  /** Points a Spring test at the broker and at a new database. */
  public static void addTo(DynamicPropertyRegistry registry) {
    addTo(registry, database());
  }

  /** Points a Spring test at the broker and at this database. */
  public static void addTo(DynamicPropertyRegistry registry, Database database) {
    registry.add("spring.kafka.bootstrap-servers", Backends::kafka);
    registry.add("spring.datasource.url", database::jdbcUrl);
    registry.add("spring.datasource.username", database::user);
    registry.add("spring.datasource.password", database::password);
    registry.add("management.server.port", () -> 0);
  }
}
