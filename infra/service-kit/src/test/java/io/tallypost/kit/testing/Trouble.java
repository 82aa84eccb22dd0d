package io.tallypost.kit.testing;

import io.tallypost.kit.testing.LoopFaults.Fault;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * One {@link Fault} of what a loop uses, each time in the same way, as Kafka's clients and JDBC
 * show it. What is not at fault works, but there is nothing behind it.
 */
public final class Trouble {
  private final Fault fault;
  private final AtomicInteger met = new AtomicInteger();

  Trouble(Fault fault) {
    this.fault = fault;
  }

  public Fault fault() {
    return fault;
  }

  /** How often it was met. */
  int met() {
    return met.get();
  }

  /** Where a loop asks the brokers. */
  public void broker() {
    switch (fault) {
      case BROKER_AWAY -> throw met(new KafkaException("broker away"));
      case UNEXPECTED -> throw met(new IllegalArgumentException("nobody foresaw this"));
      case INTERRUPTED -> {
        try {
          untilInterrupted();
        } catch (InterruptedException e) {
          throw new InterruptException(e);
        }
      }
      case DATABASE_AWAY, BAD_SQL -> {
        // The brokers are there.
      }
    }
  }

  /** Where a loop opens a connection to PostgreSQL by itself. */
  public void database() throws SQLException {
    if (fault == Fault.UNEXPECTED) {
      throw met(new IllegalArgumentException("nobody foresaw this"));
    }
    connect();
  }

  private void connect() throws SQLException {
    if (fault == Fault.DATABASE_AWAY) {
      throw met(new SQLException("connection refused", "08001"));
    }
    if (fault == Fault.INTERRUPTED) {
      try {
        untilInterrupted();
      } catch (InterruptedException e) {
        // As a pool says it.
        Thread.currentThread().interrupt();
        throw new SQLException("interrupted while waiting for a connection", "08001", e);
      }
    }
  }

  private void untilInterrupted() throws InterruptedException {
    met.incrementAndGet();
    new CountDownLatch(1).await();
  }

  private <E extends Exception> E met(E failure) {
    met.incrementAndGet();
    return failure;
  }

  /** PostgreSQL, for Spring's JDBC: it takes no exception of a connection's for a fault of ours. */
  public DataSource dataSource() {
    return new AbstractDataSource() {
      @Override
      public Connection getConnection() throws SQLException {
        connect();
        return connection();
      }

      @Override
      public Connection getConnection(String user, String password) throws SQLException {
        return getConnection();
      }
    };
  }

  public PlatformTransactionManager transactions() {
    return new JdbcTransactionManager(dataSource());
  }

  private Connection connection() {
    return (Connection)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Connection.class},
            (_, method, _) -> {
              if (method.getName().endsWith("Statement")) {
                statement();
              }
              Class<?> answer = method.getReturnType();
              return answer == boolean.class ? (Object) false : answer == int.class ? 0 : null;
            });
  }

  private void statement() throws SQLException {
    switch (fault) {
      case BAD_SQL -> throw met(new SQLException("syntax error", "42601"));
      case UNEXPECTED -> throw met(new IllegalArgumentException("nobody foresaw this"));
      case BROKER_AWAY, DATABASE_AWAY, INTERRUPTED ->
          throw new UnsupportedOperationException("there is no database");
    }
  }

  /** A consumer of a topic with one partition; each poll asks the brokers. */
  public MockConsumer<byte[], byte[]> consumer(String topic) {
    var consumer =
        new MockConsumer<byte[], byte[]>("earliest") {
          @Override
          public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            broker();
            if (Thread.interrupted()) {
              throw new InterruptException("interrupted");
            }
            return super.poll(timeout);
          }
        };
    var partition = new TopicPartition(topic, 0);
    var node = new Node(0, "localhost", 9);
    var replicas = new Node[] {node};
    consumer.updatePartitions(
        topic, List.of(new PartitionInfo(topic, 0, node, replicas, replicas)));
    consumer.updateBeginningOffsets(Map.of(partition, 0L));
    consumer.updateEndOffsets(Map.of(partition, 0L));
    return consumer;
  }
}
