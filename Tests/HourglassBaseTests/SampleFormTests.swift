import HourglassBase
import HourglassTestSupport
import Testing

/// What a sample is decides what can be done with it.
@Suite struct SampleFormTests {
  @Test func kindsAnswerWhatCanBeDone() throws {
    let table: [(SampleForm, isPicture: Bool, isImage: Bool, places: Int, grid: [Int], noun: String)] = [
      (.vector(12), false, false, 12, [1, 12], "sample"),
      (.image(channels: 1, height: 3, width: 4), true, true, 12, [3, 4], "image"),
      (.image(channels: 3, height: 3, width: 4), true, true, 12, [3, 4], "image"),
      (.image(channels: 2, height: 3, width: 4), false, true, 12, [3, 4], "image"),
      (.series(channels: 3, length: 5), false, false, 5, [1, 5], "sample"),
      (try SampleForm([3, 3, 4], kind: .vector), false, false, 36, [1, 36], "sample"),
    ]
    for (form, isPicture, isImage, places, grid, noun) in table {
      #expect(form.isPicture == isPicture && form.isImage == isImage && form.places == places, "\(form)")
      #expect([form.grid.rows, form.grid.columns] == grid && form.noun == noun, "\(form)")
    }
  }

  @Test func shapesThatAreNoneOfTheirKindAreRefused() {
    expectSentence(["(2, 16)", "kind image", "(channels, height, width)"], .usage) {
      _ = try SampleForm([2, 16], kind: .image)
    }
    expectSentence(["(16)", "kind series", "(channels, length)"], .usage) {
      _ = try SampleForm([16], kind: .series)
    }
  }

  @Test func viewsShareNumbersAndSayWhatTheyAre() throws {
    let series = SampleForm.series(channels: 2, length: 16)
    let file = try SampleArray(floats: (0..<160).map(Float.init), count: 5, shape: [1, 2, 16])
    #expect(file.kind == .image)
    let viewed = try #require(file.viewed(as: series))
    #expect(viewed.form == series && viewed.floats == file.floats)
    #expect(viewed.prefix(2).kind == .series)
    #expect(try viewed.array([1, 3]).kind == .series)
    #expect(file.viewed(as: .vector(32)) == nil && file.viewed(as: .series(channels: 16, length: 2)) == nil)
    let one = try SampleArray(floats: [1, 2, 3], count: 1, shape: [3])
    #expect(one.viewed(as: .series(channels: 1, length: 3))?.shape == [1, 3])
    let plain = try SampleForm([1, 2, 16], kind: .vector)
    #expect(file.viewed(as: plain)?.kind == .vector && file.viewed(as: plain)?.prefix(1).form == plain)
  }
}
