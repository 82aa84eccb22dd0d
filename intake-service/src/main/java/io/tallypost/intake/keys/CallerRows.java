package io.tallypost.intake.keys;

import io.tallypost.ids.ApiKeyId;
import io.tallypost.intake.outbox.ConfigTopic;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.Scope;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.callers.Credential;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.problems.Refusals;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Looks at callers again in the transaction of what they do, by their rows, which stay as they are
 * until it ends. So what a key lost since its caller was authenticated counts, its secret too,
 * whichever process took that away.
 */
public class CallerRows {
  private final ApiKeyStore store;
  private final ConfigTopic<ApiKeyState> topic;
  private final InstantSource clock;

  CallerRows(ApiKeyStore store, ConfigTopic<ApiKeyState> topic, InstantSource clock) {
    this.store = store;
    this.topic = topic;
    this.clock = clock;
  }

  /**
   * Checks that the caller is an operator still.
   *
   * @throws ProblemException 401 or 403, as for a request that begins now
   */
  public void refuseUnlessOperates(Caller caller) {
    ApiKeyId id = caller.apiKeyId();
    if (!asOfNow(id, caller.credential(), store.hold(id)).scopes().contains(Scope.OPERATOR)) {
      throw Refusals.missingScope();
    }
  }

  /**
   * The caller's key.
   *
   * @param row its row, locked
   * @throws ProblemException 401 or 403, as for a request that begins now
   */
  ApiKeyState asOfNow(ApiKeyId id, Credential credential, Optional<ApiKeyRow> row) {
    // A key without a row is on the topic only, after PostgreSQL was restored from a backup.
    if (row.isEmpty() && topic.isDeleted(id.value())) {
      throw Refusals.unauthorized();
    }
    ApiKeyState now =
        row.map(ApiKeyRow::state)
            .or(() -> topic.known(id.value()))
            .orElseThrow(Refusals::unauthorized);
    credential.refuseUnlessOpens(now, clock.instant());
    if (store.isDisabled(now.tenant())) {
      throw Refusals.tenantDisabled();
    }
    return now;
  }
}
