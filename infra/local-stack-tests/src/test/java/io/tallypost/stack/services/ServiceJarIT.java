package io.tallypost.stack.services;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.stack.ChildProcess;
import io.tallypost.stack.launcher.LauncherUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With jars that unpack themselves as those of Spring Boot do. */
class ServiceJarIT {

  @TempDir Path target;

  @Test
  void aBuildIsUnpackedOnceHoweverManyStartIt() throws IOException {
    Path jar = build("first");

    List<ServiceJar> all =
        Stream.generate(() -> CompletableFuture.supplyAsync(() -> ServiceJar.unpacked(jar)))
            .limit(3)
            .toList()
            .stream()
            .map(CompletableFuture::join)
            .toList();

    assertThat(all).containsOnly(ServiceJar.unpacked(jar));
    assertThat(all.getFirst().jar()).hasContent("unpacked");
    assertThat(target.resolve("unpacked")).isDirectoryNotContaining("glob:**new*");
  }

  @Test
  void anotherBuildOfTheSameTimeIsUnpackedAnew() throws IOException {
    ServiceJar first = ServiceJar.unpacked(build("first"));
    ServiceJar second = ServiceJar.unpacked(build("other"));

    assertThat(second.jar()).isNotEqualTo(first.jar()).exists();
    // Its processes may still run.
    assertThat(first.jar()).exists();
  }

  @Test
  void buildsThatNobodyStartsAnyMoreAreDeleted() throws IOException {
    ServiceJar first = ServiceJar.unpacked(build("first"));
    Files.setLastModifiedTime(
        first.jar().getParent(), FileTime.from(Instant.now().minus(Duration.ofDays(2))));

    ServiceJar.unpacked(build("other"));

    assertThat(first.jar()).doesNotExist();
  }

  @Test
  void aJarThatHoldsNoOthersStartsAsItIs() throws IOException {
    Path jar = jar("plain", new Manifest());

    assertThat(ServiceJar.unpacked(jar)).isEqualTo(ServiceJar.packed(jar));
  }

  @Test
  void aJarThatCannotBeUnpackedStartsAsItIs() throws IOException {
    Path jar = build("broken");

    assertThat(ServiceJar.unpacked(jar)).isEqualTo(ServiceJar.packed(jar));
    assertThat(target.resolve("unpacked")).isEmptyDirectory();
  }

  @Test
  void aCacheThatDoesNotFitStopsNoStartAndSaysNothing() throws IOException {
    Path cache = Files.writeString(target.resolve("start.aot"), "not a cache");
    List<String> command = new ArrayList<>(List.of(ChildProcess.java()));
    ServiceJar trained = new ServiceJar(build("first"), Optional.of(cache));
    command.addAll(trained.command());
    command.addAll(List.of("extract", "--force", "--destination", target.resolve("x").toString()));

    ChildProcess process =
        ChildProcess.start("stand-in", command, Map.of(), target.resolve("stand-in.log"));

    assertThat(process.ended().join()).isZero();
    assertThat(trained.isTrained()).isTrue();
    assertThat(process.log()).isEmptyFile();
  }

  private Path build(String content) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().putValue("Spring-Boot-Version", "4");
    return jar(content, manifest);
  }

  private Path jar(String content, Manifest manifest) throws IOException {
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.put(Attributes.Name.MAIN_CLASS, SelfUnpacking.class.getName());
    attributes.put(Attributes.Name.CLASS_PATH, LauncherUnderTest.testClasses());
    Path jar = target.resolve("service.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
      out.putNextEntry(new ZipEntry(content));
    }
    Files.setLastModifiedTime(jar, FileTime.from(Instant.EPOCH));
    return jar;
  }

  /** Stands in for Spring Boot's jar mode {@code tools}. */
  static final class SelfUnpacking {
    private SelfUnpacking() {}

    /** {@code extract --force --destination DIR}. */
    public static void main(String[] args) throws IOException {
      if (SelfUnpacking.class.getResource("/broken") != null) {
        System.exit(1);
      }
      Path destination = Files.createDirectories(Path.of(args[3]));
      Files.writeString(destination.resolve("service.jar"), "unpacked");
    }
  }
}
