package io.tallypost.benchmark.load;

import java.util.ArrayList;
import java.util.List;

/**
 * Warms a system up, and finds out how many clients it takes to fill it: slice by slice, until the
 * rate is flat; then with twice as many clients, until more of them do not bring more. Compilers
 * make a new process faster for minutes, so a rate means nothing before it is flat.
 */
public final class Ramp {
  /** This many slices in a row must be alike. */
  private static final int FLAT_SLICES = 3;

  /** How much two slices of the same system differ. */
  private static final double NOISE = 0.05;

  private final int most;
  private final List<Double> rates = new ArrayList<>();
  private int clients;
  private int fewer;
  private double best;
  private boolean filled;

  /**
   * Begins with the first number of clients.
   *
   * @param most how many there are at most
   */
  public Ramp(int first, int most) {
    if (first < 1 || most < first) {
      throw new IllegalArgumentException("%d to %d clients".formatted(first, most));
    }
    this.clients = first;
    this.fewer = first;
    this.most = most;
  }

  /** How many clients the next slice has, or the measurement once {@link #isFlat}. */
  public int clients() {
    return clients;
  }

  /** Whether the rate is flat with as many clients as fill the system. */
  public boolean isFlat() {
    return filled;
  }

  /** Notes the rate of a slice with {@link #clients}. */
  public void saw(double perSecond) {
    rates.add(perSecond);
    if (filled || !flat(rates)) {
      return;
    }
    double rate = last(rates).stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    boolean better = rate > best * (1 + NOISE);
    if (better && clients < most) {
      best = rate;
      fewer = clients;
      clients = Math.min(most, 2 * clients);
      rates.clear();
    } else {
      clients = better ? clients : fewer;
      filled = true;
    }
  }

  /** Whether none of the last slices is off their mean by more than noise. */
  static boolean flat(List<Double> rates) {
    if (rates.size() < FLAT_SLICES) {
      return false;
    }
    List<Double> last = last(rates);
    double mean = last.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    return mean > 0 && last.stream().allMatch(rate -> Math.abs(rate - mean) <= NOISE * mean);
  }

  private static List<Double> last(List<Double> rates) {
    return rates.subList(rates.size() - FLAT_SLICES, rates.size());
  }
}
