package io.posthorn.intake.json;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with one body, so that its sender can mend all of it in one go. */
public final class Faults {
  /** A body of a megabyte can be wrong in a hundred thousand places; nobody reads that many. */
  static final int MOST = 100;

  private final List<Fault> faults = new ArrayList<>();

  public void add(String pointer, String detail) {
    if (faults.size() < MOST) {
      faults.add(new Fault(pointer, detail));
    } else if (faults.size() == MOST) {
      faults.add(new Fault("", "has more errors than the " + MOST + " listed here"));
    }
  }

  public boolean isEmpty() {
    return faults.isEmpty();
  }

  public List<Fault> toList() {
    return List.copyOf(faults);
  }
}
