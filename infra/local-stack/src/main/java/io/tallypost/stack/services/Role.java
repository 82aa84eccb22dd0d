package io.tallypost.stack.services;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The kind of a service process. */
public enum Role {
  /** Takes the requests, from many clients at once. */
  INTAKE("intake-service", "-Xmx512m"),
  QUOTA("quota-service", "-Xmx320m"),
  WORKER("delivery-worker", "-Xmx384m"),
  AUDIT("audit-service", "-Xmx320m");

  private final String module;
  private final String heap;

  Role(String module, String heap) {
    this.module = module;
    this.heap = heap;
  }

  public static Optional<Role> named(String name) {
    return Arrays.stream(values()).filter(role -> role.word().equals(name)).findFirst();
  }

  /** The name in commands and in stack.json. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The option of the JVM; to measure another heap, set STACK_HEAP_INTAKE and the like. */
  public String heap() {
    return System.getenv().getOrDefault("STACK_HEAP_" + name(), heap);
  }

  /** The service's jar, relative to the root of the repository. */
  public String jar() {
    return "%s/target/%s.jar".formatted(module, module);
  }
}
