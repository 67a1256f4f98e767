import HourglassPictures

/// Charts above one another as one figure, for a file of its own.
package struct ChartStack: Sendable {
  private let charts: [LineChart]

  /// - Parameter charts: from the top, at least one; all get the width of the widest.
  package init(_ charts: [LineChart]) {
    precondition(!charts.isEmpty, "a figure has a chart")
    let width = charts.map(\.width).max() ?? 0
    self.charts = charts.map { chart in
      var chart = chart
      chart.width = width
      return chart
    }
  }

  /// One SVG file, on white ground.
  package func svg() -> HTML {
    let width = charts.map(\.width).max() ?? 0
    var top = 0
    var parts: [HTML] = []
    for chart in charts {
      let height = chart.drawnHeight
      parts.append("<svg y=\"\(top)\" width=\"\(width)\" height=\"\(height)\">\n\(chart.svg())\n</svg>")
      top += height
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(top)" width="\(width)" height="\(top)" \
      style="color:#1d2430;color-scheme:light">
      <rect width="100%" height="100%" fill="#fff"/>
      \(parts.joined(separator: "\n"))
      </svg>
      """
  }

  /// The charts as one picture.
  package func drawn() -> Picture {
    let pictures = charts.map { $0.drawn(legend: .above) }
    return Picture(
      width: pictures[0].width, height: pictures.map(\.height).reduce(0, +), channels: 3,
      trusted: pictures.flatMap(\.bytes))
  }
}
