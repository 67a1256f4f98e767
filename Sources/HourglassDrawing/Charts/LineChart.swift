/// Curves in one frame, as SVG to be put into an HTML page.
///
/// The text and the frame take the page's own colour; the curves have a shade for light and one for dark pages,
/// chosen by the page's `color-scheme`. Meant for up to some thousand points.
package struct LineChart: Sendable {
  package enum Scale: Sendable {
    case linear
    /// Values that are not positive are left out.
    case logarithmic
  }

  /// One curve; points that are not finite interrupt it.
  package struct Series: Sendable {
    package var name: String
    package var points: [(x: Double, y: Double)]

    package init(name: String, points: [(x: Double, y: Double)]) {
      self.name = name
      self.points = points
    }
  }

  package var title: String
  package var horizontalLabel: String
  package var verticalLabel: String
  /// In the order of the legend; colours and dashes repeat after six.
  package var series: [Series]
  package var verticalScale: Scale
  /// Extent in the units of the drawing, which a page shows as pixels at most; both are at least 240.
  package var width: Int
  package var height: Int

  package init(
    title: String, horizontalLabel: String, verticalLabel: String, series: [Series],
    verticalScale: Scale = .linear, width: Int = 680, height: Int = 340
  ) {
    self.title = title
    self.horizontalLabel = horizontalLabel
    self.verticalLabel = verticalLabel
    self.series = series
    self.verticalScale = verticalScale
    self.width = max(width, 240)
    self.height = max(height, 240)
  }

  /// The chart as one `<svg>` element, without anything from outside.
  package func svg() -> HTML {
    ChartDrawing(chart: self).svg()
  }

  /// The height of the SVG, which a legend of several lines makes larger.
  var drawnHeight: Int { ChartDrawing(chart: self).height }
}

/// A chart with its measures worked out.
private struct ChartDrawing {
  let chart: LineChart
  let horizontal: ChartAxis
  let vertical: ChartAxis
  let legend: [(name: String, x: Double, y: Double)]
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double

  /// About the width of a character at the size of the labels.
  private static let characterWidth = 6.6
  private static let legendLineHeight = 20.0

  init(chart: LineChart) {
    self.chart = chart
    let points = chart.series.flatMap(\.points)
    vertical = ChartAxis(
      values: points.map(\.y), scale: chart.verticalScale, isRounded: true,
      tickCount: max(2, chart.height / 60))
    let longest = vertical.ticks.map(\.label.count).max() ?? 0
    left = 34 + Double(longest) * Self.characterWidth + 8
    right = Double(chart.width) - 20
    horizontal = ChartAxis(
      values: points.map(\.x), scale: .linear, isRounded: false,
      tickCount: max(2, Int(right - left) / 70))

    var entries: [(name: String, x: Double, y: Double)] = []
    var (x, y) = (left, 46.0)
    for series in chart.series {
      let width = 34 + Double(series.name.count) * Self.characterWidth + 18
      if x > left && x + width > right { (x, y) = (left, y + Self.legendLineHeight) }
      entries.append((series.name, x, y))
      x += width
    }
    legend = entries
    top = entries.isEmpty ? 40 : y + 18
    bottom = max(Double(chart.height) - 50, top + 40)
  }

  var height: Int { Int(bottom) + 50 }

  func svg() -> HTML {
    var lines: [HTML] = [
      """
      <svg class="hourglass-chart" role="img" viewBox="0 0 \(chart.width) \(height)" \
      style="width:100%;max-width:\(chart.width)px;height:auto" xmlns="http://www.w3.org/2000/svg">
      """,
      "<title>\(chart.title)</title>",
      "<desc>\(summary)</desc>",
      "<style>\(Self.style)</style>",
      #"<text class="heading" x="\#(number(left))" y="22">\#(chart.title)</text>"#,
    ]
    lines += legendLines
    lines += frameLines
    for index in chart.series.indices { lines += curveLines(index) }
    lines.append("</svg>")
    return lines.joined(separator: "\n")
  }

  /// A rule a line in its file, all in one line in a chart.
  private static let style = HTML(
    trusted: HTML(resource: PackageResources.chart_css).text.split(separator: "\n").joined())

  /// The shades of curves that the style knows.
  private static let styleCount = 6

  private var legendLines: [HTML] {
    legend.enumerated().flatMap { index, entry -> [HTML] in
      let (start, end, y) = (number(entry.x), number(entry.x + 26), number(entry.y - 4))
      return [
        #"<path class="curve s\#(index % Self.styleCount)" d="M\#(start) \#(y)H\#(end)"/>"#,
        #"<text x="\#(number(entry.x + 34))" y="\#(number(entry.y))">\#(entry.name)</text>"#,
      ]
    }
  }

  private var frameLines: [HTML] {
    let (start, end, low, high) = (number(left), number(right), number(bottom), number(top))
    var lines: [HTML] = []
    for tick in vertical.ticks {
      guard let y = self.y(tick.value) else { continue }
      lines.append(#"<path class="grid" d="M\#(start) \#(number(y))H\#(end)"/>"#)
      lines.append(
        #"<text class="end" x="\#(number(left - 8))" y="\#(number(y + 4))">\#(tick.label)</text>"#)
    }
    for tick in horizontal.ticks {
      guard let x = self.x(tick.value) else { continue }
      lines.append(#"<path class="axis" d="M\#(number(x)) \#(low)v5"/>"#)
      lines.append(
        #"<text class="middle" x="\#(number(x))" y="\#(number(bottom + 19))">\#(tick.label)</text>"#)
    }
    lines.append(#"<path class="axis" d="M\#(start) \#(high)V\#(low)H\#(end)" fill="none"/>"#)
    let (middle, centre) = (number((left + right) / 2), number((top + bottom) / 2))
    lines.append(
      #"<text class="middle" x="\#(middle)" y="\#(number(bottom + 40))">\#(chart.horizontalLabel)</text>"#)
    lines.append(
      #"<text class="middle" transform="translate(16 \#(centre)) rotate(-90)">\#(chart.verticalLabel)</text>"#
    )
    if !hasPoints {
      lines.append(#"<text class="middle" x="\#(middle)" y="\#(centre)">no values to show</text>"#)
    }
    return lines
  }

  private func curveLines(_ index: Int) -> [HTML] {
    let points = chart.series[index].points
    let style = index % Self.styleCount
    var path = ""
    var dots: [HTML] = []
    var isDrawing = false
    // Dots show the single values while they stand apart, and are needed where a value has no neighbours.
    let hasDots = points.count <= 40
    for (place, point) in points.enumerated() {
      guard let x = self.x(point.x), let y = self.y(point.y) else {
        isDrawing = false
        continue
      }
      path += "\(isDrawing ? "L" : "M")\(number(x)) \(number(y))"
      let isLast = place + 1 == points.count || position(points[place + 1]) == nil
      if hasDots || (!isDrawing && isLast) {
        dots.append(
          """
          <circle class="point s\(style)" cx="\(number(x))" cy="\(number(y))" r="2.5">\
          <title>\(chart.series[index].name): \(told(point))</title></circle>
          """)
      }
      isDrawing = true
    }
    return path.isEmpty ? [] : [#"<path class="curve s\#(style)" d="\#(path)"/>"#] + dots
  }

  /// What a listener needs to know: where each curve begins and ends.
  private var summary: String {
    let sentences = chart.series.compactMap { series -> String? in
      let shown = series.points.filter { position($0) != nil }
      guard let first = shown.first, let last = shown.last else { return nil }
      return "\(series.name): \(told(first)), \(told(last))."
    }
    let axes = "\(chart.verticalLabel) over \(chart.horizontalLabel)."
    return ([axes] + (sentences.isEmpty ? ["No values to show."] : sentences)).joined(separator: " ")
  }

  private func told(_ point: (x: Double, y: Double)) -> String {
    "\(DecimalText(rounding: point.y).text) at \(DecimalText(rounding: point.x).text)"
  }

  private var hasPoints: Bool {
    chart.series.contains { $0.points.contains { position($0) != nil } }
  }

  private func position(_ point: (x: Double, y: Double)) -> (x: Double, y: Double)? {
    guard let x = self.x(point.x), let y = self.y(point.y) else { return nil }
    return (x, y)
  }

  private func x(_ value: Double) -> Double? {
    horizontal.position(value).map { left + $0 * (right - left) }
  }

  private func y(_ value: Double) -> Double? {
    vertical.position(value).map { bottom - $0 * (bottom - top) }
  }

  /// A coordinate to a hundredth, without a needless fraction.
  private func number(_ value: Double) -> String {
    let rounded = (value * 100).rounded() / 100
    return rounded == rounded.rounded() ? String(Int(saturating: rounded)) : "\(rounded)"
  }
}
