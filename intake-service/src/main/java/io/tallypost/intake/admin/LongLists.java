package io.tallypost.intake.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells of a long list how many entries it has and what changed, so that whoever may change lists
 * does not fill the disks of all who keep the log.
 */
final class LongLists {
  /** The characters of a list that is shown as it is, and of what is shown of a longer one. */
  static final int SHOWN = 100;

  private LongLists() {}

  /**
   * Cuts the long lists of a state.
   *
   * @param other the state that it is compared with; null if there is none
   * @param difference the word for the entries that the other one lacks
   */
  static @Nullable Map<String, Object> cut(
      @Nullable Map<String, Object> state, @Nullable Map<String, Object> other, String difference) {
    return state == null ? null : cutAll(state, other, difference);
  }

  private static Map<String, Object> cutAll(Map<?, ?> state, @Nullable Object other, String word) {
    var cut = new TreeMap<String, Object>();
    state.forEach((field, value) ->
        cut.put(
            field.toString(),
            cutValue(value, other instanceof Map<?, ?> map ? map.get(field) : null, word)));
    return cut;
  }

  private static Object cutValue(Object value, @Nullable Object other, String word) {
    if (value instanceof Map<?, ?> map) {
      return cutAll(map, other, word);
    }
    return value instanceof List<?> list && length(list) > SHOWN
        ? cutList(list, other instanceof List<?> there ? there : List.of(), word)
        : value;
  }

  /** Of texts: the others, such as secrets, are few and have no length of their own. */
  private static int length(List<?> list) {
    return list.stream().mapToInt(entry -> entry instanceof String text ? text.length() : 0).sum();
  }

  private static Map<String, Object> cutList(List<?> list, List<?> other, String word) {
    Set<?> there = Set.copyOf(other);
    List<?> difference = list.stream().filter(entry -> !there.contains(entry)).toList();
    Map<String, Object> told = new TreeMap<>();
    told.put("entries", list.size());
    told.put(word, difference.size());
    if (!difference.isEmpty()) {
      told.put("such_as", first(difference));
    }
    return told;
  }

  /** At least one, even if that must be cut. */
  private static List<String> first(List<?> entries) {
    var first = new ArrayList<String>();
    int left = SHOWN;
    for (Object entry : entries) {
      String text = String.valueOf(entry);
      if (text.length() > left) {
        break;
      }
      first.add(text);
      left -= text.length();
    }
    return first.isEmpty()
        ? List.of(String.valueOf(entries.getFirst()).substring(0, SHOWN) + "…")
        : first;
  }
}
