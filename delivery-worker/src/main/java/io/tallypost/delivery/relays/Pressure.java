package io.tallypost.delivery.relays;

/** How much mail waits for those places of the worker that are taken. */
public interface Pressure {

  /**
   * Whether mail waits for a place, none is free, and none has become free for a while. Who only
   * waits for a connection gives its place up.
   */
  boolean isStalled();
}
