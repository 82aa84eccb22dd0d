package io.tallypost.intake.send;

import static io.tallypost.intake.send.SendBodies.NOREPLY;

import io.tallypost.keys.KeyRestrictions;
import io.tallypost.kit.testing.DescribedFields;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SendBodyFieldsTest {
  @Test
  void takesTheFieldsThatTheDescriptionTells() {
    DescribedFields.assertTakenInBody(
        "POST /api/v1/send",
        body ->
            SendBody.read(
                body, Optional.of(NOREPLY), false, KeyRestrictions.NONE, body.problems()));
  }
}
