package io.tallypost.delivery.smtp.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class AddressOrderTest {
  private static final InetAddress ONE = InetAddress.ofLiteral("192.0.2.1");
  private static final InetAddress TWO = InetAddress.ofLiteral("192.0.2.2");
  private static final InetAddress THREE = InetAddress.ofLiteral("192.0.2.3");

  private final AddressOrder order = new AddressOrder();

  @Test
  void keepsTheResolversOrder() {
    assertThat(order.of(List.of(TWO, ONE))).containsExactly(TWO, ONE);
  }

  @Test
  void getsToEachAddressThoughAllOthersAreSilent() {
    order.wasSilent(ONE);
    assertThat(order.of(List.of(ONE, TWO, THREE))).containsExactly(TWO, THREE, ONE);
    order.wasSilent(TWO);
    assertThat(order.of(List.of(ONE, TWO, THREE))).containsExactly(THREE, ONE, TWO);
    order.wasSilent(THREE);
    order.wasSilent(ONE);
    assertThat(order.of(List.of(ONE, TWO, THREE))).containsExactly(TWO, THREE, ONE);
  }

  @Test
  void forgetsAddressesThatTheNameHasNoMore() {
    order.wasSilent(ONE);
    assertThat(order.of(List.of(TWO))).containsExactly(TWO);
    assertThat(order.of(List.of(ONE, TWO))).containsExactly(ONE, TWO);
  }
}
