import Foundation
import HourglassDrawing
import Testing

struct ChartStackTests {
  private func chart(_ names: [String], width: Int = 600) -> LineChart {
    LineChart(
      title: "Falling", horizontalLabel: "x", verticalLabel: "y",
      series: names.map { LineChart.Series(name: $0, points: [(0, 5), (10, 0)]) }, width: width, height: 320)
  }

  @Test func chartsStandAboveOneAnother() throws {
    let picture = ChartStack([chart(["a"]), chart(["b"], width: 700)]).drawn()
    #expect(picture.width == 700 && picture.height > 640 && picture.channels == 3)
    let svg = ChartStack([chart(["a"]), chart(["<b>"], width: 700)]).svg().text
    #expect(svg.hasPrefix("<svg xmlns=") && svg.components(separatedBy: "<svg").count == 6)
    #expect(svg.contains("&lt;b&gt;") && !svg.contains("<b>"))
    let parser = XMLChecker()
    #expect(parser.isWellFormed(svg))
  }

  /// However many curves there are, the frame keeps its height.
  @Test func legendsAboveAddToTheHeight() {
    let few = chart(["a"]).drawn(legend: .above)
    let many = chart((0..<60).map { "a-long-name-of-run-\($0)" }).drawn(legend: .above)
    #expect(few.height > 320 && many.height > few.height + 300 && many.width == few.width)
  }
}

/// Whether a text is XML, as far as its tags go.
private struct XMLChecker {
  func isWellFormed(_ text: String) -> Bool {
    var open: [Substring] = []
    for match in text.matches(of: /<(\/?)([a-zA-Z]+)[^>]*?(\/?)>/) {
      if !match.3.isEmpty { continue }
      if match.1.isEmpty { open.append(match.2) } else if open.popLast() != match.2 { return false }
    }
    return open.isEmpty
  }
}
