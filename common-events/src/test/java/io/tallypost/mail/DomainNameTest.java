package io.tallypost.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DomainNameTest {

  /** RFC 5891 registers each of them as a name of its own. */
  @ParameterizedTest
  @CsvSource({
    "faß.test, xn--fa-hia.test",
    "FAß.test, xn--fa-hia.test",
    "straße.test, xn--strae-oqa.test",
    "βόλος.test, xn--nxasmm1c.test",
    "ශ්\u200dරී.test, xn--10cl1a0b660p.test",
    "نامه\u200cای.test, xn--mgba3gch31f060k.test",
  })
  void neverTakesOneNameForAnother(String name, String aLabels) {
    assertThat(DomainName.canonical(name)).isEqualTo(aLabels);
    assertThat(DomainName.canonical(aLabels)).isEqualTo(aLabels);
  }

  @ParameterizedTest
  @CsvSource({
    "example.org, example.org",
    "EXAMPLE.Org, example.org",
    "bücher.example, xn--bcher-kva.example",
    "Bu\u0308cher.example, xn--bcher-kva.example",
    "XN--BCHER-KVA.example, xn--bcher-kva.example",
    "bücher．example, xn--bcher-kva.example",
    "ＡＢＣ.test, abc.test",
    "\u212aelvin.test, kelvin.test",
    "例子.广告, xn--fsqu00a.xn--4rr70v",
    "r3---sn-abc.example, r3---sn-abc.example",
    "r3---sn-abc.bücher.example, r3---sn-abc.xn--bcher-kva.example",
    "xn.test, xn.test",
    "a-xn--b.test, a-xn--b.test",
    "i❤.ws, xn--i-7iq.ws",
    "אבג.test, xn--4dbcd.test",
  })
  void bringsNamesIntoOneForm(String name, String canonical) {
    assertThat(DomainName.canonical(name)).isEqualTo(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "a..b",
        ".a",
        "a.",
        "ü.",
        "a。",
        "-a.test",
        "a-.test",
        "-ü.test",
        "ü-.test",
        "a_b.test",
        "a b.test",
        "ü b.test",
        "ü/b.test",
        "ü℀.test",
        "a\u200b.test",
        "\ufeffa.test",
        "a\u00adb.test",
        "a\u200db.test",
        "a\u200cb.test",
        "\u0301a.test",
        "אa1.test",
        "a\u202eb.test",
        "\ud800.test",
        "\u0378.test",
        // A-labels of nothing, of ASCII, of what no label may be, and in a form of their own.
        "xn--.test",
        "xn--a.test",
        "xn--abc-.test",
        "xn--bcher-kv.test",
        "xn--bcher-kva-.test",
        "xn--0.test",
        "xn--a-ecp.ru",
        "xn--99999999.test",
        "xn--ls8h=.test",
        "xn--bücher.test",
        "xn--zca-.test",
        "xn--ab-m1t.test",
        "xn--a-1tb.xn--a-1tb.test\u200b",
      })
  void refusesWhatIsNoDomain(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> DomainName.canonical(name));
  }

  /** The Ü is written in lower case, the ligature fi in two letters, U+200B not at all. */
  @Test
  void refusesALabelsThatNobodyCouldHaveMade() {
    for (String letters :
        new String[] {"xn--bcher-2pa", "xn--jm6c", "xn--ab-g1t", "xn--ab-n1t", "xn--fass-"}) {
      assertThatIllegalArgumentException().isThrownBy(() -> DomainName.canonical(letters));
    }
  }

  @Test
  void refusesWhatIsTooLongAtOnce() {
    String label = "a".repeat(63);
    String longest = label + "." + label + "." + label + "." + "a".repeat(61);
    assertThat(DomainName.canonical(longest)).isEqualTo(longest);
    for (String name :
        new String[] {longest + "a", "a".repeat(64), "ü".repeat(64), "ü".repeat(2_000_000)}) {
      assertThatIllegalArgumentException().isThrownBy(() -> DomainName.canonical(name));
    }
  }
}
