package io.tallypost.stack;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a broker is started from: the same jars in every module's tests, because the JVM's record of
 * how an earlier start loaded and linked their classes (an AOT cache, JEP 483) is for one class
 * path, and takes no folders in it.
 *
 * @param classPath of jars alone, or the one of this JVM where the build left no list of jars
 * @param cache where the record is, if there is one: a build that starts few brokers has none
 */
record BrokerJars(String classPath, Path cache) {

  /** Those of the build that this class is from. */
  static BrokerJars ofThisBuild() {
    Path list = built("launcher.classpath");
    String jars = Files.exists(list) ? read(list) : ChildProcess.classPath();
    // A cache for another JVM, other options or other jars would be refused, and never made anew.
    String madeFor = Runtime.version() + " " + ChildProcess.javaOptions() + " " + jars;
    return new BrokerJars(jars, built("broker-%08x.aot".formatted(madeFor.hashCode())));
  }

  private static String read(Path list) {
    try {
      return Files.readString(list).strip();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** A file beside the classes, or their jar: it is in one folder with both. */
  private static Path built(String file) {
    try {
      return Path.of(BrokerJars.class.getProtectionDomain().getCodeSource().getLocation().toURI())
          .resolveSibling(file);
    } catch (URISyntaxException failure) {
      throw new IllegalStateException(failure);
    }
  }

  boolean isTrained() {
    return Files.exists(cache);
  }

  /** Whether a start from these can be recorded. */
  boolean areTrainable() {
    return Stream.of(classPath.split(File.pathSeparator)).allMatch(jar -> jar.endsWith(".jar"));
  }

  /** The options of a start that is as quick as can be. */
  List<String> quick() {
    return options(isTrained() ? List.of("-XX:AOTCache=" + cache) : List.of());
  }

  /** The options of a start that is recorded when the broker ends. */
  List<String> recorded(Path made) {
    return options(List.of("-XX:AOTCacheOutput=" + made));
  }

  private List<String> options(List<String> aot) {
    List<String> options = new ArrayList<>(aot);
    // A cache that does not fit is ignored without a message.
    options.addAll(List.of("-Xlog:aot=off", "-Xlog:cds=off", "-cp", classPath));
    return options;
  }
}
