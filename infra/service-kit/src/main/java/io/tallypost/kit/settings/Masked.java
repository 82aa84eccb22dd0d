package io.tallypost.kit.settings;

/** Texts without their secrets. */
final class Masked {
  static final String BLOT = "******";

  private Masked() {}

  /** A URL without its user's name and password, and without those among its parameters. */
  static String url(String text) {
    return text.replaceAll("://[^/@\\s]+@", "://" + BLOT + "@")
        .replaceAll("(?i)([?&;](?:[a-z]*password|user)=)[^&;]*", "$1" + BLOT);
  }

  /** The value in a form that may be shown. */
  static String value(Setting setting, String text) {
    return setting.isSecret() && !text.isEmpty() ? BLOT : url(text);
  }
}
