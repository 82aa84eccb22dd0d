package io.tallypost.kit.keys;

/** The paths that need no key; everything else does. */
public final class PublicPaths {
  /** On the public port, and on the management port, which only the operator's network reaches. */
  private static final String[] ALL = {
    "/api/v1/health",
    "/openapi.json",
    "/.well-known/security.txt",
    "/swagger-ui/**",
    "/v3/api-docs/swagger-config",
    "/error",
    "/health",
    "/health/**",
    "/metrics",
  };

  private PublicPaths() {}

  public static String[] all() {
    return ALL.clone();
  }
}
