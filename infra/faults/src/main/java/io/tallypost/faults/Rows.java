package io.tallypost.faults;

import io.tallypost.faults.outages.BrokerRows;
import io.tallypost.faults.outages.DatabaseRows;
import io.tallypost.faults.outages.ExporterRows;
import io.tallypost.faults.outages.OffsetRows;
import io.tallypost.faults.outages.ServiceRows;
import io.tallypost.faults.outages.TransactionRows;
import io.tallypost.faults.outages.WorkerRows;
import io.tallypost.faults.relays.FrozenRelayRows;
import io.tallypost.faults.relays.HandOverRows;
import io.tallypost.faults.relays.OddReplyRows;
import io.tallypost.faults.relays.RelayRows;
import io.tallypost.faults.relays.TwoRelayRows;
import io.tallypost.faults.scene.Row;
import io.tallypost.faults.tenants.FairnessRows;
import io.tallypost.faults.tenants.HostileRows;
import io.tallypost.faults.tenants.LargeMailRows;
import io.tallypost.faults.tenants.LoadRows;
import io.tallypost.faults.tenants.SearchRows;
import java.util.List;
import java.util.Optional;

/** Every row, in the order in which they are played. */
final class Rows {
  static final List<Row> ALL =
      List.of(
          WorkerRows.KILLED,
          WorkerRows.KILLED_OFTEN,
          WorkerRows.SCALED,
          ServiceRows.QUOTA_KILLED,
          ServiceRows.INTAKE_KILLED,
          ServiceRows.AUDIT_KILLED,
          WorkerRows.STOPPED,
          BrokerRows.KILLED,
          BrokerRows.PAUSED,
          BrokerRows.LOST,
          DatabaseRows.CRASHED,
          DatabaseRows.CUT_AT_COMMIT,
          DatabaseRows.AUDIT_CUT,
          TransactionRows.QUOTA,
          TransactionRows.RETRY_PUMP,
          RelayRows.OVERLOADED,
          RelayRows.BROKEN_AFTER_THE_DOT,
          RelayRows.TARPIT,
          TwoRelayRows.ONE_DEAD,
          HandOverRows.HAND_OVER,
          FrozenRelayRows.FROZEN,
          OddReplyRows.ODD_REPLIES,
          LargeMailRows.LARGE,
          FairnessRows.ONE_HANGS_SINCE_START,
          FairnessRows.FIVE_HANG_SINCE_START,
          FairnessRows.SLOW_TEST_MAIL,
          FairnessRows.LOUD_TENANT,
          OffsetRows.QUOTA,
          OffsetRows.WORKER,
          HostileRows.HOSTILE_HOUR,
          SearchRows.SEARCH_LOAD,
          LoadRows.OVERLOAD,
          ExporterRows.BLACKHOLED);

  private Rows() {}

  static Optional<Row> named(String name) {
    return ALL.stream().filter(row -> row.name().equals(name)).findFirst();
  }
}
