package io.tallypost.kit.paging;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of a list.
 *
 * @param nextCursor where the next page begins; absent on the last one
 */
public record Paged<T>(List<T> items, @Nullable String nextCursor) {}
