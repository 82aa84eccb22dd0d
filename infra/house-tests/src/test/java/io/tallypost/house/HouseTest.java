package io.tallypost.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.tallypost.house.House.Origin;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What docs/development.md says of modules, packages and names, as the classes themselves tell it.
 */
class HouseTest {
  private static final House HOUSE = House.built();

  /** Whose classes a module may use beside its own; its tests may use the local stack as well. */
  private static final Map<String, Set<String>> MAP =
      Map.ofEntries(
          Map.entry("common-events", Set.of()),
          Map.entry("service-kit", Set.of("common-events")),
          Map.entry("service-kit-tests", Set.of("common-events", "service-kit")),
          Map.entry("intake-service", Set.of("common-events", "service-kit")),
          Map.entry("quota-service", Set.of("common-events", "service-kit")),
          Map.entry("delivery-worker", Set.of("common-events", "service-kit")),
          Map.entry("audit-service", Set.of("common-events", "service-kit")),
          Map.entry("local-stack", Set.of()),
          Map.entry("local-stack-tests", Set.of()),
          Map.entry("benchmark", Set.of("common-events", "local-stack")),
          Map.entry("faults", Set.of("common-events", "local-stack")),
          Map.entry("e2e-tests", Set.of()),
          Map.entry("deployment-tests", Set.of()),
          Map.entry("house-tests", Set.of()));

  /** Where a type is public only because another package uses it. */
  private static final Set<String> PRIVATE_BY_DEFAULT =
      Set.of("service-kit", "intake-service", "quota-service", "delivery-worker", "audit-service");

  /** Public for what the class files do not show. */
  private static final Map<String, String> PUBLIC_FOR_A_REASON =
      Map.of(
          "io.tallypost.quota.usage.UsageController",
          "a test reads a constant, which the compiler copies into it",
          "io.tallypost.quota.decide.Docket",
          "the Javadoc of ApprovalTransactions refers to it",
          "io.tallypost.kit.relays.PortRange",
          "@ReadableAs makes one of a text by reflection",
          "io.tallypost.kit.keys.ProxyRange",
          "@ReadableAs makes one of a text by reflection",
          "io.tallypost.intake.HeaderSafe",
          "a constraint, whose message the settings' pages read by reflection",
          "io.tallypost.intake.MailAddress",
          "a constraint, whose message the settings' pages read by reflection");

  /** In the service kit for what the class files do not show. */
  private static final Map<String, String> SHARED_FOR_A_REASON =
      Map.of(
          "io.tallypost.kit.constraints.ReadableAs",
          "the kit's settings have it at the type of a list's elements, which is no dependency");

  /** Spring or the JVM finds them by name. */
  private static final Set<String> FOUND_BY_NAME =
      Set.of(
          "org.springframework.boot.autoconfigure.AutoConfiguration",
          "org.springframework.boot.autoconfigure.SpringBootApplication",
          "org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration");

  private static final int MOST_IN_A_ROOM = 15;

  /** Larger rooms, and how large exactly: the figures only ever shrink. */
  private static final Map<String, Integer> LARGER_ROOMS = Map.of("io.tallypost.events", 16);

  private static final String BEAN = "org.springframework.context.annotation.Bean";

  /** Spring finds these in every module; the others only where {@link #SCANNED} says so. */
  private static final Set<String> STEREOTYPES =
      Set.of("org.springframework.stereotype.Component", "org.springframework.stereotype.Service");

  /**
   * Which module's own parts are found by their stereotypes; elsewhere a {@code @Bean} makes each.
   */
  private static final String SCANNED = "audit-service";

  /** What audit makes by hand, since Spring cannot. */
  private static final Map<String, String> MADE_BY_HAND =
      Map.of(
          "io.tallypost.audit.reads.ReadsConfiguration.readFilter",
          "a registration with paths and order",
          "io.tallypost.audit.store.StoreConfiguration.dataSource",
          "a pool for each duty");

  /** Layers and leftovers are no names: a package is named for what it does, and so is a class. */
  private static final Set<String> NO_ROOMS =
      Set.of("service", "impl", "util", "utils", "dto", "model", "helper", "common");

  private static final Set<String> NO_ROLES =
      Set.of("Impl", "Util", "Utils", "Helper", "Manager", "Dto", "Bean");

  static Stream<String> modules() {
    return HOUSE.modules().stream();
  }

  @Test
  void theContractKnowsNeitherSpringNorKafkasConsumers() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.springframework..", "org.apache.kafka.clients.consumer..")
        .check(HOUSE.main("common-events"));
  }

  @Test
  void theMapShowsEveryModule() {
    assertThat(MAP.keySet()).containsExactlyInAnyOrderElementsOf(HOUSE.modules());
  }

  @Test
  void noServiceUsesAnotherAndEachModuleOnlyWhatTheMapShows() {
    Set<String> wrong = new TreeSet<>();
    for (JavaClass type : HOUSE.all()) {
      Origin here = HOUSE.origin(type).orElseThrow();
      for (Dependency use : type.getDirectDependenciesFromSelf()) {
        HOUSE
            .origin(use.getTargetClass())
            .filter(there -> !mayUse(here, there))
            .ifPresent(
                there -> wrong.add("%s uses %s: %s".formatted(here, there, use.getDescription())));
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static boolean mayUse(Origin here, Origin there) {
    Set<String> allowed = MAP.getOrDefault(here.module(), Set.of());
    return here.module().equals(there.module())
        || allowed.contains(there.module())
        || (here.test() && there.module().equals("local-stack"));
  }

  @Test
  void modulesDoNotUseEachOtherInACircle() {
    noCircles(
        "module", type -> HOUSE.origin(type).map(Origin::module).orElse("a library"), HOUSE.all());
  }

  @ParameterizedTest
  @MethodSource("modules")
  void packagesDoNotUseEachOtherInACircle(String module) {
    noCircles("package", JavaClass::getPackageName, HOUSE.main(module));
  }

  private static void noCircles(
      String what, Function<JavaClass, String> slice, JavaClasses classes) {
    slices()
        .assignedFrom(
            new SliceAssignment() {
              @Override
              public SliceIdentifier getIdentifierOf(JavaClass type) {
                return SliceIdentifier.of(slice.apply(type));
              }

              @Override
              public String getDescription() {
                return "each " + what;
              }
            })
        .namingSlices("$1")
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true)
        .check(classes);
  }

  @Test
  void aTypeIsPublicOnlyIfAnotherPackageUsesIt() {
    Map<JavaClass, Set<String>> readers =
        HOUSE.all().stream()
            .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
            .collect(
                groupingBy(
                    use -> outermost(use.getTargetClass()),
                    mapping(
                        use -> use.getOriginClass().getPackageName(), toCollection(TreeSet::new))));
    Set<String> needless = new TreeSet<>();
    for (String module : PRIVATE_BY_DEFAULT) {
      for (JavaClass type : HOUSE.main(module)) {
        boolean used =
            readers.getOrDefault(type, Set.of()).stream()
                .anyMatch(reader -> !reader.equals(type.getPackageName()));
        if (isRoomMember(type)
            && type.getModifiers().contains(JavaModifier.PUBLIC)
            && !used
            && FOUND_BY_NAME.stream().noneMatch(type::isAnnotatedWith)) {
          needless.add(type.getName());
        }
      }
    }
    // A reason that is no longer needed goes, too.
    assertThat(needless).as("public for no other package").isEqualTo(PUBLIC_FOR_A_REASON.keySet());
  }

  /** What one service alone uses is that service's. */
  @Test
  void theServiceKitHoldsWhatSeveralUse() {
    Map<JavaClass, Set<String>> users =
        HOUSE.main().stream()
            .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
            .filter(use -> !outermost(use.getOriginClass()).equals(outermost(use.getTargetClass())))
            .collect(
                groupingBy(
                    use -> outermost(use.getTargetClass()),
                    mapping(
                        use -> HOUSE.origin(use.getOriginClass()).orElseThrow().module(),
                        toCollection(TreeSet::new))));
    Set<String> lonely =
        HOUSE.main("service-kit").stream()
            .filter(HouseTest::isRoomMember)
            .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
            .filter(type -> FOUND_BY_NAME.stream().noneMatch(type::isAnnotatedWith))
            .filter(type -> {
              Set<String> modules = users.getOrDefault(type, Set.of());
              return modules.size() < 2 && !modules.contains("service-kit");
            })
            .map(JavaClass::getName)
            .collect(toCollection(TreeSet::new));
    assertThat(lonely)
        .as("used by one service alone, or by none")
        .isEqualTo(SHARED_FOR_A_REASON.keySet());
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(HouseTest::outermost).orElse(type);
  }

  @Test
  void aRoomHasAtMostAboutFifteenTypes() {
    Map<String, Integer> large = new TreeMap<>();
    HOUSE.main().stream()
        .filter(HouseTest::isRoomMember)
        .collect(groupingBy(JavaClass::getPackageName, counting()))
        .forEach((room, types) -> {
          if (types > MOST_IN_A_ROOM) {
            large.put(room, types.intValue());
          }
        });
    assertThat(large)
        .as("split what has grown; lower the figure of what has shrunk")
        .isEqualTo(LARGER_ROOMS);
  }

  @Test
  void everyRoomSaysWhatItIsForAndIsNullMarked() {
    Set<String> silent =
        HOUSE.all().stream()
            .filter(HouseTest::isRoomMember)
            .map(JavaClass::getPackage)
            .filter(room -> !room.isAnnotatedWith("org.jspecify.annotations.NullMarked"))
            .map(room -> room.getName())
            .collect(toCollection(TreeSet::new));
    assertThat(silent).isEmpty();
  }

  private static boolean isRoomMember(JavaClass type) {
    return type.isTopLevelClass() && !type.getSimpleName().equals("package-info");
  }

  @Test
  void roomsAreNamedForWhatTheyDo() {
    assertThat(
            named(type ->
                Stream.of(type.getPackageName().split("\\.", -1)).anyMatch(NO_ROOMS::contains)))
        .isEmpty();
    assertThat(named(type -> NO_ROLES.stream().anyMatch(type.getSimpleName()::endsWith))).isEmpty();
  }

  @Test
  void namesTellTheRole() {
    assertThat(
            named(type ->
                type.isAnnotatedWith("org.springframework.web.bind.annotation.RestController")
                    != type.getSimpleName().endsWith("Controller")))
        .as("a controller")
        .isEmpty();
    assertThat(
            named(type ->
                type.isAssignableTo(Throwable.class) != type.getSimpleName().endsWith("Exception")))
        .as("an exception")
        .isEmpty();
    assertThat(
            named(type ->
                type.isAnnotatedWith(
                        "org.springframework.boot.context.properties.ConfigurationProperties")
                    && !(type.isRecord() && type.getSimpleName().endsWith("Settings"))))
        .as("settings")
        .isEmpty();
  }

  /** Decision 16: one can say of each class how Spring comes by it. */
  @Test
  void eachModuleIsWiredInOneWay() {
    Set<String> found =
        HOUSE.main().stream()
            .filter(type -> STEREOTYPES.stream().anyMatch(type::isAnnotatedWith))
            .filter(
                type -> HOUSE.origin(type).map(Origin::module).filter(SCANNED::equals).isEmpty())
            .map(JavaClass::getName)
            .collect(toCollection(TreeSet::new));
    assertThat(found).as("a stereotype outside " + SCANNED).isEmpty();

    Set<String> made =
        HOUSE.main(SCANNED).stream()
            .flatMap(type -> type.getMethods().stream())
            .filter(method -> method.isAnnotatedWith(BEAN))
            .map(method -> method.getOwner().getName() + "." + method.getName())
            .collect(toCollection(TreeSet::new));
    assertThat(made).as("a @Bean in " + SCANNED).isEqualTo(MADE_BY_HAND.keySet());
  }

  private static Set<String> named(Predicate<JavaClass> wrong) {
    return HOUSE.main().stream()
        .filter(type -> !type.isAnonymousClass())
        .filter(wrong)
        .map(JavaClass::getName)
        .collect(toCollection(TreeSet::new));
  }

  /** Maven finds tests by their names: one with another name is never run. */
  @Test
  void testsAreNamedAsMavenFindsThem() {
    Set<String> unseen =
        HOUSE.tests().stream()
            .filter(HouseTest::isRoomMember)
            .filter(type -> !type.getModifiers().contains(JavaModifier.ABSTRACT))
            .filter(type -> type.getAllMethods().stream().anyMatch(HouseTest::isTest))
            .map(JavaClass::getName)
            .filter(name -> !name.endsWith("Test") && !name.endsWith("IT"))
            .collect(toCollection(TreeSet::new));
    // A measurement, run by name only.
    assertThat(unseen).containsExactly("io.tallypost.quota.consume.SendToVerdictBench");
  }

  private static boolean isTest(JavaMethod method) {
    return Stream.of(
            "org.junit.jupiter.api.Test",
            "org.junit.jupiter.params.ParameterizedTest",
            "org.junit.jupiter.api.RepeatedTest",
            "org.junit.jupiter.api.TestFactory")
        .anyMatch(method::isAnnotatedWith);
  }

  @Test
  void noTestSleeps() {
    noClasses().should().callMethod(Thread.class, "sleep", long.class).check(HOUSE.tests());
    noClasses().should().callMethod(Thread.class, "sleep", Duration.class).check(HOUSE.tests());
  }

  /** A test that takes milliseconds starts no broker. */
  @Test
  void unitTestsStartNoBackends() {
    noClasses()
        .that()
        .haveSimpleNameEndingWith("Test")
        .and()
        .areTopLevelClasses()
        .and()
        .haveSimpleNameNotEndingWith("UnderTest")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("io.tallypost.kit.testing.Backends")
        .check(HOUSE.tests());
  }
}
