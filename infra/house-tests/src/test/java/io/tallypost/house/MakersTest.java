package io.tallypost.house;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What only one place of the services makes: threads, and clients of Kafka. */
class MakersTest {
  private static final House HOUSE = House.built();

  private static final List<String> SERVICES =
      List.of("service-kit", "intake-service", "quota-service", "delivery-worker", "audit-service");

  private static final String LOOP = "io.tallypost.kit.loop.Loop";
  private static final String LOOPING = "io.tallypost.kit.loop.Looping";

  /** Threads that are no loop: they end with what they were made for, or must not depend on it. */
  private static final Map<String, String> OTHER_THREADS =
      Map.ofEntries(
          Map.entry("io.tallypost.kit.loop.Looping", "waits for one loop's end beside the others"),
          Map.entry(
              "io.tallypost.kit.keys.BcryptPool", "answers requests: bounds what bcrypt takes"),
          Map.entry("io.tallypost.kit.metrics.ShutdownProgress", "reports while the loops stop"),
          Map.entry("io.tallypost.intake.health.Probe", "one question, given up after its time"),
          Map.entry("io.tallypost.intake.relays.RelayHosts", "one name, given up after its time"),
          Map.entry(
              "io.tallypost.audit.status.StatusController", "one question, given up likewise"),
          Map.entry(
              "io.tallypost.delivery.consume.InFlightWindow",
              "one mail each: docs/decisions/0006-platform-threads-for-delivery.md"),
          Map.entry("io.tallypost.delivery.consume.RelayTestLoop", "one relay test each"),
          Map.entry("io.tallypost.delivery.smtp.wire.HostLookup", "one name, given up by its send"),
          Map.entry(
              "io.tallypost.delivery.smtp.wire.Watchdog",
              "the deadlines of sends, also of those that outlive a loop's stop"));

  /** Both would be noticed only by their absence if they ended. */
  private static final Set<String> ON_THREADS_OF_SPRINGS =
      Set.of(
          "org.springframework.scheduling.annotation.Async",
          "org.springframework.scheduling.annotation.Scheduled",
          "org.springframework.kafka.annotation.KafkaListener");

  private static final Set<String> FACTORIES_OF_THREADS =
      Set.of("ofPlatform", "ofVirtual", "startVirtualThread");

  private static final Set<String> FACTORIES_OF_ADMINS = Set.of("create");

  /** So that "what happens when this fails?" has one answer: see {@code Loop}. */
  @Test
  void onlyTheLoopMakesThreads() {
    Set<String> expected = new TreeSet<>(OTHER_THREADS.keySet());
    expected.add(LOOP);

    // A reason that is no longer needed goes, too.
    assertThat(whoever(MakersTest::makesAThread)).isEqualTo(expected);
  }

  private static boolean makesAThread(JavaCodeUnitAccess<?> use) {
    JavaClass owner = use.getTargetOwner();
    boolean made = use.getName().equals("<init>");
    return switch (owner.getName()) {
      case "java.lang.Thread" -> made || FACTORIES_OF_THREADS.contains(use.getName());
      case "java.util.concurrent.Executors" -> true;
      case "java.util.concurrent.ForkJoinPool" -> made || use.getName().equals("commonPool");
      case "java.util.concurrent.StructuredTaskScope" -> use.getName().equals("open");
      case "java.util.Timer" -> made;
      case "java.util.concurrent.CompletableFuture" ->
          use.getName().endsWith("Async")
              && use.getTarget().getRawParameterTypes().stream()
                  .noneMatch(type -> type.isEquivalentTo(Executor.class));
      default ->
          (use.getName().startsWith("parallel") && owner.getName().startsWith("java.util"))
              || (made && owner.isAssignableTo(Executor.class));
    };
  }

  /** So that liveness shows each loop, and the table of its service's faults has it. */
  @Test
  void onlyALoopingMakesALoop() {
    assertThat(
            classes()
                .filter(type -> !outermost(type).getName().equals(LOOP))
                .filter(type ->
                    type.getCodeUnitAccessesFromSelf().stream().anyMatch(MakersTest::makesALoop))
                .filter(type -> !outermost(type).isAssignableTo(LOOPING)))
        .isEmpty();
  }

  private static boolean makesALoop(JavaCodeUnitAccess<?> use) {
    return use.getTargetOwner().getName().equals(LOOP)
        && (use.getName().equals("<init>") || use.getName().equals("every"));
  }

  @Test
  void nothingRunsOnThreadsThatSpringMakes() {
    assertThat(
            classes()
                .flatMap(type -> type.getMethods().stream())
                .filter(method -> ON_THREADS_OF_SPRINGS.stream().anyMatch(method::isAnnotatedWith)))
        .isEmpty();
  }

  /** Their settings, with reasons, are one table. */
  @Test
  void onlyTheKitMakesClientsOfKafka() {
    assertThat(whoever(MakersTest::makesAClient))
        .containsExactlyInAnyOrder(
            "io.tallypost.kit.kafka.AdminRole",
            "io.tallypost.kit.kafka.ConsumerRole",
            "io.tallypost.kit.kafka.ProducerRole");
  }

  private static boolean makesAClient(JavaCodeUnitAccess<?> use) {
    return switch (use.getTargetOwner().getName()) {
      case "org.apache.kafka.clients.consumer.KafkaConsumer",
          "org.apache.kafka.clients.producer.KafkaProducer" ->
          use.getName().equals("<init>");
      case "org.apache.kafka.clients.admin.Admin",
          "org.apache.kafka.clients.admin.AdminClient",
          "org.apache.kafka.clients.admin.KafkaAdminClient" ->
          FACTORIES_OF_ADMINS.contains(use.getName());
      default -> false;
    };
  }

  private static Set<String> whoever(Predicate<JavaCodeUnitAccess<?>> uses) {
    return classes()
        .filter(type -> type.getCodeUnitAccessesFromSelf().stream().anyMatch(uses))
        .map(type -> outermost(type).getName())
        .collect(toCollection(TreeSet::new));
  }

  private static Stream<JavaClass> classes() {
    return SERVICES.stream().flatMap(module -> HOUSE.main(module).stream());
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(MakersTest::outermost).orElse(type);
  }
}
