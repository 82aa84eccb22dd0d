package io.tallypost.audit.messages;

import io.tallypost.audit.operator.NewestFirst;
import io.tallypost.kit.testing.DescribedFields;
import org.junit.jupiter.api.Test;

class MessageFilterTest {
  @Test
  void takesTheFieldsThatTheDescriptionTells() {
    DescribedFields.assertTakenInQuery(
        "GET /api/v1/messages",
        query -> {
          MessageFilter.read(query, MailboxSearchTest.CALLER);
          NewestFirst.page(query);
        });
  }
}
