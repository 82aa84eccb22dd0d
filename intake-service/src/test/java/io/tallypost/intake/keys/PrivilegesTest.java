package io.tallypost.intake.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.keys.AddressRange;
import io.tallypost.keys.DomainRule;
import io.tallypost.keys.HeaderName;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.keys.Scope;
import io.tallypost.kit.problems.FieldProblem;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Mode;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether a key is at most as free as another. */
class PrivilegesTest {
  private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

  private static Privileges with(
      Mode mode,
      String scopes,
      @Nullable Long day,
      @Nullable Long minute,
      KeyRestrictions restrictions) {
    var held = EnumSet.noneOf(Scope.class);
    Stream.of(scopes.split(" ")).map(Scope::of).forEach(held::add);
    return new Privileges(mode, held, limits(day, minute), restrictions);
  }

  private static List<QuotaLimit> limits(@Nullable Long day, @Nullable Long minute) {
    var limits = new ArrayList<QuotaLimit>();
    if (day != null) {
      limits.add(new QuotaLimit(QuotaPolicyName.KEY_DAY, day));
    }
    if (minute != null) {
      limits.add(new QuotaLimit(QuotaPolicyName.KEY_MINUTE, minute));
    }
    return limits;
  }

  private static KeyRestrictions restricted(
      @Nullable String end, String senders, String recipients, String cidrs) {
    return new KeyRestrictions(
        end == null ? null : Instant.parse(end),
        list(senders, DomainRule::new),
        list(recipients, DomainRule::new),
        list(cidrs, AddressRange::new));
  }

  private static <T> List<T> list(String text, Function<String, T> parse) {
    return Stream.of(text.split(" ")).filter(one -> !one.isEmpty()).map(parse).toList();
  }

  private static List<String> exceeding(Privileges wanted, Privileges holder) {
    return wanted.exceeding(holder).stream().map(FieldProblem::pointer).toList();
  }

  @Test
  void namesEachFieldThatExceeds() {
    var holder =
        with(
            Mode.TEST,
            "send admin",
            10L,
            2L,
            restricted("2026-11-22T12:00:00Z", "acme.example", "*.example.org", "192.0.2.0/24"));
    var free = with(Mode.LIVE, "send read", null, null, KeyRestrictions.NONE);

    assertThat(exceeding(free, holder))
        .containsExactly(
            "/scopes",
            "/mode",
            "/daily_limit",
            "/per_minute_limit",
            "/expires_at",
            "/allowed_sender_domains",
            "/allowed_recipient_domains",
            "/allowed_cidrs");
    assertThat(free.exceeding(holder).getFirst().detail()).endsWith(": read");
    assertThat(holder.exceeding(holder)).isEmpty();
    assertThat(exceeding(with(Mode.TEST, "send", 10L, 2L, holder.restrictions()), free)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "10, 10, true",
    "11, 10, false",
    "9, 10, true",
    ", 10, false",
    "10, , true",
    ", , true",
    "9223372036854775807, 9223372036854775806, false",
  })
  void takesAnAbsentLimitForNone(@Nullable Long wanted, @Nullable Long holds, boolean atMost) {
    var day = with(Mode.LIVE, "send", wanted, 1L, KeyRestrictions.NONE);
    var minute = with(Mode.LIVE, "send", 1L, wanted, KeyRestrictions.NONE);

    assertThat(exceeding(day, with(Mode.LIVE, "send", holds, 1L, KeyRestrictions.NONE)))
        .isEqualTo(atMost ? List.of() : List.of("/daily_limit"));
    assertThat(exceeding(minute, with(Mode.LIVE, "send", 1L, holds, KeyRestrictions.NONE)))
        .isEqualTo(atMost ? List.of() : List.of("/per_minute_limit"));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-22T12:00:00Z, 2026-11-22T12:00:00Z, true",
    "2026-11-22T12:00:00.000000001Z, 2026-11-22T12:00:00Z, false",
    "2026-11-22T11:00:00Z, 2026-11-22T12:00:00Z, true",
    ", 2026-11-22T12:00:00Z, false",
    "2026-11-22T12:00:00Z, , true",
  })
  void endsNoLater(@Nullable String wanted, @Nullable String holds, boolean atMost) {
    var key = with(Mode.LIVE, "send", 1L, 1L, restricted(wanted, "", "", ""));
    var holder = with(Mode.LIVE, "send", 1L, 1L, restricted(holds, "", "", ""));

    assertThat(exceeding(key, holder)).isEqualTo(atMost ? List.of() : List.of("/expires_at"));
  }

  /** What narrows a key and is not compared would be lifted by whoever it narrows. */
  @Test
  void comparesAllThatNarrowsAKey() {
    assertThat(Stream.of(KeyRestrictions.class.getRecordComponents()).map(RecordComponent::getName))
        .as("compare what is new in Privileges, and in this test")
        .containsExactly(
            "expiresAt", "senderDomains", "recipientDomains", "cidrs", "allowedHeaders");
    assertThat(QuotaPolicyName.values())
        .containsExactly(
            QuotaPolicyName.KEY_MINUTE,
            QuotaPolicyName.KEY_DAY,
            QuotaPolicyName.TENANT_DAY,
            QuotaPolicyName.TENANT_MONTH);
  }

  /**
   * Against the meaning of the words, by trying all there is in a small world: 32 addresses, some
   * twenty domains, a few times. Each field is refused exactly if there is something that the one
   * key may do by it and the other may not.
   */
  @Test
  void refusesExactlyWhatIsFreer() {
    var random = new Random(14);
    int free = 0;
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      Privileges wanted = random(random);
      Privileges holder = random(random);
      List<String> expected = new ArrayList<>();
      addIf(!holder.scopes().containsAll(wanted.scopes()), "/scopes", expected);
      addIf(wanted.mode() == Mode.LIVE && holder.mode() == Mode.TEST, "/mode", expected);
      addIf(freer(wanted, holder, QuotaPolicyName.KEY_DAY), "/daily_limit", expected);
      addIf(freer(wanted, holder, QuotaPolicyName.KEY_MINUTE), "/per_minute_limit", expected);
      KeyRestrictions is = wanted.restrictions();
      KeyRestrictions most = holder.restrictions();
      addIf(
          TIMES.stream().anyMatch(at -> !is.expiredAt(at) && most.expiredAt(at)),
          "/expires_at",
          expected);
      addIf(
          MAILBOXES.stream().anyMatch(one -> is.allowsSender(one) && !most.allowsSender(one)),
          "/allowed_sender_domains",
          expected);
      addIf(
          MAILBOXES.stream().anyMatch(one -> is.allowsRecipient(one) && !most.allowsRecipient(one)),
          "/allowed_recipient_domains",
          expected);
      addIf(
          ADDRESSES.stream().anyMatch(one -> is.allowsClient(one) && !most.allowsClient(one)),
          "/allowed_cidrs",
          expected);
      addIf(
          HEADERS.stream().anyMatch(one -> is.allowsHeader(one) && !most.allowsHeader(one)),
          "/allowed_headers",
          expected);

      assertThat(exceeding(wanted, holder)).as("%s by %s", wanted, holder).isEqualTo(expected);
      free += expected.isEmpty() ? 1 : 0;
      refused += expected.isEmpty() ? 0 : 1;
    }
    assertThat(free).isGreaterThan(50);
    assertThat(refused).isGreaterThan(5_000);
  }

  private static final List<Scope> SCOPES = List.of(Scope.values());

  private static final List<Instant> TIMES =
      IntStream.range(0, 5).mapToObj(hour -> NOON.plusSeconds(hour * 3600L)).toList();

  private static final List<String> DOMAINS =
      List.of("example", "a.example", "b.a.example", "c.b.a.example", "xa.example", "b.example");

  /** Each domain, one that no rule names below each, and one that no rule allows. */
  private static final List<EmailAddress> MAILBOXES =
      Stream.concat(
              DOMAINS.stream().flatMap(domain -> Stream.of(domain, "other." + domain)),
              Stream.of("elsewhere.test"))
          .map(domain -> new EmailAddress("x@" + domain))
          .toList();

  /** Those that ranges are made of, and others beside them. */
  private static final List<String> ADDRESSES =
      Stream.of(
              addresses(16, i -> "192.0.2." + i),
              addresses(16, i -> "2001:db8::" + Integer.toHexString(i)),
              Stream.of("192.0.2.200", "2001:db8::200"))
          .flatMap(all -> all)
          .toList();

  private static final List<String> HEADERS = List.of("X-SMTPAPI", "x-mc-tags");

  private static Stream<String> addresses(int count, IntFunction<String> address) {
    return IntStream.range(0, count).mapToObj(address);
  }

  private static void addIf(boolean exceeds, String pointer, List<String> expected) {
    if (exceeds) {
      expected.add(pointer);
    }
  }

  private static boolean freer(Privileges wanted, Privileges holder, QuotaPolicyName policy) {
    return most(wanted, policy) > most(holder, policy);
  }

  private static long most(Privileges key, QuotaPolicyName policy) {
    return key.limits().stream()
        .filter(limit -> limit.policy() == policy)
        .mapToLong(QuotaLimit::limit)
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /** Restricted so rarely that some pair is at most as free. */
  private static Privileges random(Random random) {
    Set<Scope> scopes = EnumSet.of(Scope.SEND);
    if (random.nextBoolean()) {
      scopes.add(SCOPES.get(random.nextInt(SCOPES.size())));
    }
    return new Privileges(
        random.nextInt(4) == 0 ? Mode.TEST : Mode.LIVE,
        scopes,
        limits(
            random.nextBoolean() ? null : 1L + random.nextInt(3),
            random.nextBoolean() ? null : 1L + random.nextInt(3)),
        new KeyRestrictions(
            random.nextBoolean() ? null : TIMES.get(1 + random.nextInt(3)),
            some(random, PrivilegesTest::rule),
            some(random, PrivilegesTest::rule),
            some(random, PrivilegesTest::range),
            random.nextInt(3) == 0
                ? List.of(new HeaderName(HEADERS.get(random.nextInt(HEADERS.size()))))
                : List.of()));
  }

  private static <T> List<T> some(Random random, Function<Random, T> one) {
    return random.nextInt(3) == 0
        ? List.of()
        : IntStream.range(0, 1 + random.nextInt(4)).mapToObj(_ -> one.apply(random)).toList();
  }

  private static DomainRule rule(Random random) {
    String domain = DOMAINS.get(random.nextInt(DOMAINS.size()));
    return new DomainRule(random.nextBoolean() ? "*." + domain : domain);
  }

  /** Of 1 to 16 addresses. */
  private static AddressRange range(Random random) {
    int free = random.nextInt(5);
    return random.nextBoolean()
        ? new AddressRange("192.0.2." + random.nextInt(16) + "/" + (32 - free))
        : new AddressRange(
            "2001:db8::" + Integer.toHexString(random.nextInt(16)) + "/" + (128 - free));
  }
}
