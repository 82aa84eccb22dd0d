package io.tallypost.kit.metrics;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Bounds the values of labels. Tenants and relays are made over REST, so we do not choose their
 * number, and each value of a label is a time series. The first values of a label are kept apart
 * while the process runs; all later ones are {@value #OTHER}.
 */
public final class LabelValues {
  /** Stands for every value beyond the bound. */
  public static final String OTHER = "other";

  /** For no value: the tenant of a record that could not be read. */
  public static final String NONE = "none";

  private final int most;
  private final Map<String, Label> labels = new ConcurrentHashMap<>();

  /**
   * Bounds each label by itself.
   *
   * @param most the most values of each, beside {@value #OTHER}
   */
  public LabelValues(int most) {
    this.most = most;
  }

  /** A label shared by all that ask for this name. */
  public Label label(String name) {
    return labels.computeIfAbsent(name, _ -> new Label(most));
  }

  /** One bounded label. */
  public static final class Label {
    private final int most;
    private final Set<String> values = ConcurrentHashMap.newKeySet();
    private volatile boolean full;

    private Label(int most) {
      this.most = most;
    }

    /** The value itself if it is one of the first, else {@value LabelValues#OTHER}. */
    public String of(String value) {
      return values.contains(value) || (!full && admit(value)) ? value : OTHER;
    }

    private synchronized boolean admit(String value) {
      if (values.contains(value)) {
        return true;
      }
      full = values.size() >= most;
      return !full && values.add(value);
    }
  }
}
