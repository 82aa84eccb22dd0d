/** Lists that clients read page by page. */
@NullMarked
package io.tallypost.kit.paging;

import org.jspecify.annotations.NullMarked;
