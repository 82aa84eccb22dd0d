package io.tallypost.delivery.smtp.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.HangingNames;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EhloNameTest {

  @Test
  void isWhatWasSet() throws UnknownHostException {
    assertThat(EhloName.of("mta.example", InetAddress.getByName("192.0.2.1")))
        .isEqualTo("mta.example");
  }

  @ParameterizedTest
  @CsvSource({"198.51.100.7,[198.51.100.7]", "2001:db8::2,[IPv6:2001:db8:0:0:0:0:0:2]"})
  void putsAnAddressThatWasSetIntoItsBrackets(String set, String said) throws UnknownHostException {
    assertThat(EhloName.of(set, InetAddress.getByName("192.0.2.1"))).isEqualTo(said);
  }

  @Test
  void isADomainOrAnAddressWhereNothingWasSetAndNoResolverAnswers() throws UnknownHostException {
    InetAddress local = InetAddress.getByName("192.0.2.1");

    CompletableFuture<String> name =
        CompletableFuture.supplyAsync(
            () -> {
              HangingNames.muteForThisThread();
              return EhloName.of("", local);
            },
            task -> Thread.ofPlatform().daemon().start(task));

    assertThat(name)
        .succeedsWithin(Duration.ofSeconds(20))
        .asString()
        .matches("[a-z0-9.-]+|\\[192\\.0\\.2\\.1]");
  }

  @ParameterizedTest
  @CsvSource({
    // of the environment, of the kernel, said
    "worker-0.example, other,    worker-0.example",
    "Worker-0,         other,    worker-0",
    "'',               worker-1, worker-1",
    ",                 worker-1, worker-1",
    "my_worker,        worker-1, worker-1",
    "my_worker,        my_host,  ''",
    "-,                '',       ''",
  })
  void isTheMachinesWhereThatIsADomain(
      @Nullable String environment, String kernel, String said, @TempDir Path directory)
      throws IOException {
    Path file = Files.writeString(directory.resolve("hostname"), kernel + "\n");

    assertThat(EhloName.machine(environment, file)).isEqualTo(said);
  }

  @Test
  void isNoneWhereTheKernelHasNone(@TempDir Path directory) {
    assertThat(EhloName.machine(null, directory.resolve("none"))).isEmpty();
    assertThat(EhloName.machine("worker-0", directory.resolve("none"))).isEqualTo("worker-0");
  }

  @Test
  void writesAddressesAsTheStandardHasThem() throws UnknownHostException {
    assertThat(EhloName.literal(InetAddress.getByName("192.0.2.1"))).isEqualTo("[192.0.2.1]");
    assertThat(EhloName.literal(InetAddress.getByName("2001:db8::1")))
        .isEqualTo("[IPv6:2001:db8:0:0:0:0:0:1]");
  }
}
