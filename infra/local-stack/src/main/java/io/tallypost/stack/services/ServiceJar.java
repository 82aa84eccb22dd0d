package io.tallypost.stack.services;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.stack.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * The files that a service is started from.
 *
 * @param jar for {@code java -jar}
 * @param cache the JVM's record of how an earlier start loaded and linked its classes (an AOT
 *     cache, JEP 483), if there is one; none for a jar that is started as built
 */
public record ServiceJar(Path jar, Optional<Path> cache) {

  /** Unpacked builds that nobody has started for this long are deleted. */
  private static final Duration KEPT = Duration.ofDays(1);

  /** The jar as it was built. */
  public static ServiceJar packed(Path jar) {
    return new ServiceJar(jar, Optional.empty());
  }

  /**
   * The jar unpacked beside itself, once per build: a jar in a jar is slow to read, and the JVM
   * caches no classes from it. Returns the jar as built if it has no jars in it or cannot be
   * unpacked.
   */
  public static ServiceJar unpacked(Path jar) {
    try {
      if (!holdsJars(jar)) {
        return packed(jar);
      }
      Path builds = jar.resolveSibling("unpacked");
      Path build = builds.resolve(fingerprint(jar));
      if (!Files.exists(build)) {
        unpack(jar, builds, build);
      }
      Files.setLastModifiedTime(build, FileTime.from(Instant.now()));
      return new ServiceJar(
          build.resolve(jar.getFileName()), Optional.of(build.resolve("start.aot")));
    } catch (IOException failure) {
      return packed(jar);
    }
  }

  /** Whether the next start will be quick. */
  boolean isTrained() {
    return cache.filter(Files::exists).isPresent();
  }

  /** The end of the command line. */
  public List<String> command() {
    Stream<String> fromCache =
        // A cache that does not fit is ignored without a message.
        isTrained()
            ? Stream.of("-XX:AOTCache=" + cache.orElseThrow(), "-Xlog:aot=off", "-Xlog:cds=off")
            : Stream.empty();
    return Stream.concat(fromCache, Stream.of("-jar", jar.toString())).toList();
  }

  private static boolean holdsJars(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.getManifest().getMainAttributes().getValue("Spring-Boot-Version") != null;
    }
  }

  /**
   * By content: the time of a reproducible build says nothing. And by the JVM, which reads no other
   * JVM's cache.
   */
  private static String fingerprint(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(Runtime.version().toString().getBytes(UTF_8));
      file.stream()
          .map(entry -> entry.getName() + " " + Long.toHexString(entry.getCrc()) + "\n")
          .forEach(line -> digest.update(line.getBytes(UTF_8)));
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException everyJvmHasIt) {
      throw new IllegalStateException(everyJvmHasIt);
    }
  }

  /** Appears whole or not at all; of two launchers at once the slower one's work is thrown away. */
  private static void unpack(Path jar, Path builds, Path build) throws IOException {
    Files.createDirectories(builds);
    deleteOld(builds);
    Path fresh = Files.createTempDirectory(builds, "new");
    List<String> command =
        List.of(
            ChildProcess.java(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Djarmode=tools",
            "-jar",
            jar.toString(),
            "extract",
            "--force",
            "--destination",
            fresh.toString());
    Path log = builds.resolve(fresh.getFileName() + ".log");
    int code = ChildProcess.start("unpack", command, Map.of(), log).ended().join();
    Files.deleteIfExists(log);
    try {
      if (code != 0) {
        throw new IOException("cannot be unpacked: " + jar);
      }
      Files.move(fresh, build, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException failure) {
      delete(fresh);
      if (!Files.exists(build)) {
        throw failure;
      }
    }
  }

  private static void deleteOld(Path builds) throws IOException {
    Instant old = Instant.now().minus(KEPT);
    try (Stream<Path> all = Files.list(builds)) {
      for (Path one : all.toList()) {
        if (Files.getLastModifiedTime(one).toInstant().isBefore(old)) {
          delete(one);
        }
      }
    }
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
