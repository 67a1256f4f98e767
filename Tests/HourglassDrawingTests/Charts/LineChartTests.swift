import Foundation
import HourglassDrawing
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

struct LineChartTests {
  private typealias Point = (x: Double, y: Double)

  private func svg(_ points: [Point], scale: LineChart.Scale = .linear, name: String = "training") -> String {
    LineChart(
      title: "Loss", horizontalLabel: "epoch", verticalLabel: "loss",
      series: [LineChart.Series(name: name, points: points)], verticalScale: scale
    ).svg().text
  }

  /// The labels at the ticks of one axis.
  private func labels(_ svg: String, _ style: String) -> [String] {
    svg.split(separator: "\n").filter { $0.hasPrefix("<text class=\"\(style)\"") }
      .compactMap { $0.split(separator: ">").dropFirst().first?.split(separator: "<").first.map(String.init) }
  }

  private func isWellFormed(_ svg: String) -> Bool {
    XMLParser(data: Data(svg.utf8)).parse()
  }

  @Test func drawsACurve() {
    let svg = svg((1...10).map { (x: Double($0), y: 1 / Double($0)) })
    #expect(isWellFormed(svg))
    #expect(svg.hasPrefix("<svg class=\"hourglass-chart\" role=\"img\""))
    #expect(svg.contains("<title>Loss</title>"))
    #expect(svg.contains("<desc>loss over epoch. training: 1 at 1, 0.1 at 10.</desc>"))
    #expect(labels(svg, "end") == ["0", "0.2", "0.4", "0.6", "0.8", "1"])
    #expect(labels(svg, "middle") == ["2", "4", "6", "8", "10", "epoch", "loss"])
    #expect(svg.components(separatedBy: "<circle").count == 11)
    #expect(svg.contains("<title>training: 0.333333 at 3</title>"))
  }

  @Test func putsLogarithmicTicksAtDecades() {
    let svg = svg((0...6).map { (x: Double($0), y: pow(10, -Double($0))) }, scale: .logarithmic)
    #expect(labels(svg, "end").first == "1e−6")
    #expect(labels(svg, "end").last == "1")
    let close = self.svg([(1, 0.1), (2, 0.9), (3, 0)], scale: .logarithmic)
    #expect(labels(close, "end") == ["0.1", "0.2", "0.5"])
    #expect(labels(self.svg([(1, 0.50), (2, 0.54)], scale: .logarithmic), "end").count >= 3)
  }

  @Test func labelsLargeAndSmallNumbers() {
    #expect(labels(svg([(0, 0), (1, 12_000)]), "end").contains("10000"))
    #expect(labels(svg([(0, 0), (1, 5e7)]), "end").contains("1e7"))
    #expect(labels(svg([(0, -2e-7), (1, 2e-7)]), "end") == ["−2e−7", "−1e−7", "0", "1e−7", "2e−7"])
    #expect(labels(svg([(0, 1.25), (1, 1.5)]), "end").contains("1.3"))
  }

  @Test func interruptsTheCurveAtGaps() throws {
    let svg = svg([(1, 1), (2, 2), (3, .nan), (4, 1), (5, .infinity), (6, 2), (7, 1)])
    let curve = try #require(
      svg.split(separator: "\n").last { $0.hasPrefix("<path class=\"curve s0\"") })
    #expect(curve.filter { $0 == "M" }.count == 3)
    #expect(curve.filter { $0 == "L" }.count == 2)
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }

  @Test func endsWithoutValues() {
    let svg = svg([(1, .nan)])
    #expect(isWellFormed(svg))
    #expect(svg.contains(">no values to show</text>"))
    #expect(svg.contains("No values to show.</desc>"))
    let bare = LineChart(title: "", horizontalLabel: "", verticalLabel: "", series: []).svg().text
    #expect(isWellFormed(bare))
  }

  @Test func escapesNames() {
    let svg = svg([(1, 1)], name: "<script>\"&'")
    #expect(isWellFormed(svg))
    #expect(!svg.contains("<script"))
  }

  @Test func survivesExtremeValues() {
    let extremes = [
      0, -0.0, 1, -1, .leastNormalMagnitude / 64, 1e-200, 9.9e-201, 1e200, -1e200, 1.1e200,
      .greatestFiniteMagnitude,
      .leastNonzeroMagnitude, .infinity, -.infinity, .nan, 1 + .ulpOfOne, 0.1, 1e15, 1e18, 123_456_789,
    ]
    for first in extremes {
      for second in extremes {
        for scale in [LineChart.Scale.linear, .logarithmic] {
          let svg = svg([(first, second), (second, first), (first, first)], scale: scale)
          #expect(!svg.contains("nan") && !svg.contains("inf"), "\(first) and \(second)")
          #expect(svg.utf8.count < 20_000)
        }
      }
    }
    #expect(isWellFormed(self.svg(extremes.map { ($0, $0) })))
  }
}
