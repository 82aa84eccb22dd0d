package io.tallypost.delivery.relays;

/** How much mail waits for places of the worker that are taken. */
public interface Pressure {

  /**
   * Whether mail waits, no place is free, and none has become free for a while. Mail that only
   * waits for a connection then gives its place up.
   */
  boolean isStalled();

  /**
   * Whether mail waits for places, or their bytes, that mail for the same relays has.
   *
   * @param relays the name of their {@link RelayGroup}
   */
  boolean isShareUsed(String relays);
}
