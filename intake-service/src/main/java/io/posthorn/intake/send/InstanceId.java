package io.posthorn.intake.send;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.UUID;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Names this process, so that it finds its own verdicts among everybody's. */
record InstanceId(String value) {

  static InstanceId next() {
    return new InstanceId(UUID.randomUUID().toString());
  }

  boolean isIn(@Nullable Header header) {
    return header != null && Arrays.equals(value.getBytes(UTF_8), header.value());
  }
}
