package io.tallypost.audit.deadletter;

import io.tallypost.audit.operator.NewestFirst;
import io.tallypost.kit.testing.DescribedFields;
import org.junit.jupiter.api.Test;

class LetterFilterTest {
  @Test
  void takesTheFieldsThatTheDescriptionTells() {
    DescribedFields.assertTakenInQuery(
        "GET /api/v1/admin/dead-letters",
        query -> {
          LetterFilter.read(query).state(query);
          NewestFirst.page(query);
        });
    DescribedFields.assertTakenInBody("POST /api/v1/admin/replays", LetterFilter::read, "filter");
  }
}
