import HourglassDrawing
import Testing

struct LineChartPictureTests {
  /// A rising line goes from the lower left to the upper right, in the first curve's colour.
  @Test func chartAsPicture() {
    let chart = LineChart(
      title: "Rising", horizontalLabel: "x", verticalLabel: "y",
      series: [LineChart.Series(name: "line", points: [(0, 0), (10, 5)])], width: 600, height: 400)
    let drawn = chart.drawn()
    #expect(drawn.width == 600 && drawn.height == 400 && drawn.channels == 3)
    let colour = ClassColours.colour(of: 0)
    var places: [(x: Int, y: Int)] = []
    for y in 0..<400 {
      for x in 0..<600 {
        let start = (y * 600 + x) * 3
        if SIMD3(drawn.bytes[start], drawn.bytes[start + 1], drawn.bytes[start + 2]) == colour {
          places.append((x, y))
        }
      }
    }
    // The legend lies in the lower right.
    let line = places.filter { $0.y < 150 || $0.x < 300 }
    #expect(line.count > 200)
    let (left, right) = (line.min { $0.x < $1.x }!, line.max { $0.x < $1.x }!)
    #expect(left.x < 100 && left.y > 300 && right.x > 550 && right.y < 110)
  }
}
