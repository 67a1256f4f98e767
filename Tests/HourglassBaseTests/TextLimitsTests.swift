import HourglassBase
import HourglassTestSupport
import Testing

@Suite struct TextLimitsTests {
  @Test func marksInARowAreCounted() {
    let most = TextLimits.marks
    #expect(marked(most).keepsMarkLimit && (marked(most) + marked(most)).keepsMarkLimit)
    #expect(!marked(most + 1).keepsMarkLimit && !("a" + marked(most + 1) + "b").keepsMarkLimit)
    #expect(String(repeating: "\u{4e2d}\u{1f600}", count: 5000).keepsMarkLimit)
  }

  @Test func textsAsBytes() {
    #expect(ByteText("\u{e9}") != ByteText("e\u{301}") && "\u{e9}" == "e\u{301}")
    #expect(Set(["a", "b", "a"].map(ByteText.init)).count == 2)
  }

  @Test func namesKeepTheirFirstPlace() {
    var places = NamePlaces(["a", "b", "a"])
    #expect(places["b"] == 1 && places["c"] == nil)
    #expect(places.place("c") == 3 && places.place("a") == 0 && places.place("c") == 3)
    #expect(places.names == ["a", "b", "a", "c"])
  }

  @Test func namesGrowInProportion() {
    let ratio = growth(from: 30_000) { count in
      var places = NamePlaces()
      for number in 0..<count { _ = places.place("class \(number)") }
    }
    #expect(ratio < 3.5)
  }
}
