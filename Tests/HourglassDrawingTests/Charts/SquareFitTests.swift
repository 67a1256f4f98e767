import HourglassDrawing
import Testing

@Suite struct SquareFitTests {
  @Test(arguments: [Float(1), 1e-36, 3e38, .leastNonzeroMagnitude, 65_536])
  func spansOfAnySize(_ size: Float) {
    let fit = SquareFit([[-size, 0], [size, size]], side: 100)
    #expect(fit([-size, 0]) == [-50, -25] && fit([size, size]) == [50, 25] && fit([0, size]) == [0, 25])
  }

  @Test func pointsOfOnePlaceLieInTheMiddle() {
    #expect(SquareFit([[3, 4], [3, 4]], side: 100)([3, 4]) == [0, 0])
  }

  @Test(arguments: [Float(1e-36), 3e38])
  func scatterPlotsTakeThem(_ size: Float) throws {
    let plot = ScatterPlot(
      title: "a", positions: [[-size, 0], [size, size], [0, 0]], labels: [0, 1, 2],
      classNames: (0..<300).map { "c\($0)" })
    #expect(try plot.drawn().width > 100)
  }

  /// A class of a hundred thousand characters would make a picture of gigabytes.
  @Test func longNamesAreCut() throws {
    let name = String(repeating: "W", count: 100_000)
    let plot = ScatterPlot(title: name, positions: [[0, 0]], labels: [0], classNames: [name])
    #expect(try plot.drawn().width < 3000)
  }

  @Test func durationsOfAnySize() {
    for seconds in [Double.infinity, .nan, 1e300, -1e300, 59.95, 0] {
      #expect(!ReportText.duration(seconds).isEmpty)
    }
    #expect(ReportText.duration(3700) == "1 h 01 min")
  }
}
