package io.tallypost.intake.replies;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.UUID;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Names this process, so that it recognises its own replies. */
public record InstanceId(String value) {

  public static InstanceId next() {
    return new InstanceId(UUID.randomUUID().toString());
  }

  boolean isIn(@Nullable Header header) {
    return header != null && Arrays.equals(value.getBytes(UTF_8), header.value());
  }
}
