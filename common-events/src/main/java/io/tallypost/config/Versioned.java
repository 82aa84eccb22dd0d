package io.tallypost.config;

/** A state read from a row: the higher version is the later one. */
public interface Versioned {

  /** The row's version, from 1 on. */
  long version();
}
