package io.tallypost.house;

import static com.tngtech.archunit.base.DescribedPredicate.describe;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The classes of all modules, as the compiler left them in the modules' target/ folders. */
final class House {
  private static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();
  private static final Pattern MODULE = Pattern.compile("<module>(.+?)</module>");

  private final List<String> modules;
  private final JavaClasses classes;
  private final Map<JavaClass, Origin> origins = new HashMap<>();

  private House(List<String> modules, Map<Origin, Path> folders) {
    this.modules = modules;
    this.classes = new ClassFileImporter().importPaths(folders.values());
    Map<String, Origin> byPrefix = new HashMap<>();
    folders.forEach((origin, folder) -> byPrefix.put(folder.toUri().toString(), origin));
    for (JavaClass type : classes) {
      String uri = type.getSource().orElseThrow().getUri().toString();
      byPrefix.forEach((prefix, origin) -> {
        if (uri.startsWith(prefix)) {
          origins.put(type, origin);
        }
      });
    }
  }

  /** Read once for all tests. */
  static House built() {
    return Once.HOUSE;
  }

  private static final class Once {
    static final House HOUSE = read();
  }

  /** Reads the modules from the root pom, so that a new one cannot be forgotten here. */
  private static House read() {
    try {
      List<String> folders =
          MODULE
              .matcher(Files.readString(ROOT.resolve("pom.xml")))
              .results()
              .map(match -> match.group(1))
              .toList();
      Map<Origin, Path> compiled = new LinkedHashMap<>();
      for (String folder : folders) {
        Path module = ROOT.resolve(folder);
        if (Files.isDirectory(module.resolve("src/main/java"))) {
          compiled.put(new Origin(name(folder), false), module.resolve("target/classes"));
        }
        if (Files.isDirectory(module.resolve("src/test/java"))) {
          compiled.put(new Origin(name(folder), true), module.resolve("target/test-classes"));
        }
      }
      compiled.values().forEach(House::check);
      return new House(folders.stream().map(House::name).toList(), compiled);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String name(String folder) {
    return folder.substring(folder.lastIndexOf('/') + 1);
  }

  private static void check(Path compiled) {
    if (!Files.isDirectory(compiled)) {
      throw new IllegalStateException(
          compiled
              + " is missing: compile every module first, as `make it T=HouseTest` does;"
              + " infra/house-tests/pom.xml names them all");
    }
  }

  List<String> modules() {
    return modules;
  }

  JavaClasses all() {
    return classes;
  }

  /** What users run. */
  JavaClasses main() {
    return that("are no tests", origin -> !origin.test());
  }

  JavaClasses main(String module) {
    return that("are in " + module, origin -> !origin.test() && origin.module().equals(module));
  }

  JavaClasses tests() {
    return that("are tests", Origin::test);
  }

  /** Empty for the classes of libraries. */
  Optional<Origin> origin(JavaClass type) {
    return Optional.ofNullable(origins.get(type));
  }

  private JavaClasses that(String description, Predicate<Origin> wanted) {
    return classes.that(describe(description, type -> origin(type).filter(wanted).isPresent()));
  }

  /** Where a class comes from: a module's main classes or its tests. */
  record Origin(String module, boolean test) {}
}
