package io.tallypost.delivery.relays;

/**
 * The relays that a mail may go by. Mail of the same group shares them.
 *
 * @param name the owner: a tenant, everybody, or the simulated relay
 * @param relays how many of them can be used now, at least 1
 */
public record RelayGroup(String name, int relays) {
  /** Where the mail of test keys ends. No tenant has that name. */
  static final RelayGroup SIMULATED = new RelayGroup("(simulated)", 1);

  /**
   * Checks that there is one to wait for.
   *
   * @throws IllegalArgumentException if there is none
   */
  public RelayGroup {
    if (relays < 1) {
      throw new IllegalArgumentException("a group of relays has at least one");
    }
  }
}
