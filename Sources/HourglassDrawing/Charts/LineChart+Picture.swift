import HourglassPictures

// The chart as a picture on white ground, for places that show no SVG.

extension LineChart {
  private static let margin = 28
  private static let textScale = 2
  private static let titleScale = 3
  private static let ink: UInt8 = 48
  private static let gridShade: UInt8 = 225

  /// Where the legend of a picture stands.
  package enum LegendPlace: Sendable {
    /// Above the frame, in as many lines as it takes.
    case above
    /// In the corner at the bottom right, where curves that rise and flatten leave room.
    case corner
  }

  /// Draws the chart; its width and height are those of the picture, at least 480 by 320, and a legend above adds
  /// to the height. Points are marked.
  package func drawn(legend: LegendPlace = .corner) -> Picture {
    let (width, least) = (max(width, 480), max(height, 320))
    let points = series.flatMap(\.points)
    let horizontal = ChartAxis(
      values: points.map(\.x), scale: .linear, isRounded: true, tickCount: width / 110)
    let vertical = ChartAxis(
      values: points.map(\.y), scale: verticalScale, isRounded: true, tickCount: least / 70)
    let textHeight = BitmapFont.capitalHeight * Self.textScale
    func textWidth(_ text: String, _ scale: Int = Self.textScale) -> Int {
      BitmapFont.width(of: text) * scale
    }
    let left = Self.margin + (vertical.ticks.map { textWidth($0.label) }.max() ?? 0) + 10
    let right = width - Self.margin
    let above = legend == .above ? legendLines(width: right - left) : []
    let height = least + above.count * Self.legendLineHeight
    var picture = Picture(width: width, height: height, channels: 3, shade: 255)
    func write(_ text: String, left: Int, top: Int, scale: Int = Self.textScale) {
      BitmapFont.draw(text, on: &picture, left: left, top: top, scale: scale, shade: Self.ink)
    }
    write(title, left: Self.margin, top: Self.margin, scale: Self.titleScale)
    let labelTop = Self.margin + BitmapFont.capitalHeight * Self.titleScale + 18
    let legendTop = labelTop + textHeight + 14
    write(verticalLabel, left: Self.margin, top: labelTop)
    let top = legendTop + 4 + above.count * Self.legendLineHeight
    let bottom = height - Self.margin - 2 * textHeight - 26
    write(
      horizontalLabel, left: (left + right - textWidth(horizontalLabel)) / 2,
      top: height - Self.margin - textHeight)

    func x(_ value: Double) -> Float? {
      horizontal.position(value).map { Float(left) + Float($0) * Float(right - left) }
    }
    func y(_ value: Double) -> Float? {
      vertical.position(value).map { Float(bottom) - Float($0) * Float(bottom - top) }
    }
    for tick in vertical.ticks {
      guard let place = y(tick.value).map({ Int($0.rounded()) }) else { continue }
      picture.fill(left: left, top: place, width: right - left, height: 1, shade: Self.gridShade)
      write(tick.label, left: left - 10 - textWidth(tick.label), top: place - textHeight / 2)
    }
    for tick in horizontal.ticks {
      guard let place = x(tick.value).map({ Int($0.rounded()) }) else { continue }
      picture.fill(left: min(place, right - 1), top: bottom, width: 1, height: 6, shade: Self.ink)
      write(tick.label, left: place - textWidth(tick.label) / 2, top: bottom + 12)
    }
    picture.fill(left: left, top: top, width: 1, height: bottom - top, shade: Self.ink)
    picture.fill(left: left, top: bottom, width: right - left, height: 1, shade: Self.ink)

    for (index, curve) in series.enumerated() {
      let colour = SIMD3<Float>(ClassColours.colour(of: index))
      var before: SIMD2<Float>?
      for point in curve.points {
        guard let px = x(point.x), let py = y(point.y) else {
          before = nil
          continue
        }
        let place = SIMD2(px, py)
        picture.drawStroke(from: before ?? place, to: place, radius: 1.2, colour: colour)
        picture.drawStroke(from: place, to: place, radius: 4, colour: colour)
        before = place
      }
    }
    switch legend {
    case .corner: drawLegend(on: &picture, right: right, bottom: bottom)
    case .above:
      for (line, entries) in above.enumerated() {
        for entry in entries {
          drawEntry(
            entry.index, on: &picture, left: left + entry.left,
            top: legendTop + line * Self.legendLineHeight)
        }
      }
    }
    return picture
  }

  private static let legendLineHeight = BitmapFont.capitalHeight * textScale + 12
  /// Of a stroke in a legend, with the room behind it.
  private static let legendStroke = 46

  private func drawLegend(on picture: inout Picture, right: Int, bottom: Int) {
    let lineHeight = Self.legendLineHeight
    let widest = series.map { BitmapFont.width(of: $0.name) * Self.textScale }.max() ?? 0
    let left = right - widest - 60
    let top = bottom - series.count * lineHeight - 14
    guard left > 0, top > 0 else { return }
    picture.fill(left: left - 10, top: top - 8, width: right - left + 10, height: bottom - top, shade: 255)
    for index in series.indices { drawEntry(index, on: &picture, left: left, top: top + index * lineHeight) }
  }

  /// The curves in lines of this width, each with the place where it begins.
  private func legendLines(width: Int) -> [[(index: Int, left: Int)]] {
    var lines: [[(index: Int, left: Int)]] = []
    var left = 0
    for (index, curve) in series.enumerated() {
      let room = Self.legendStroke + BitmapFont.width(of: curve.name) * Self.textScale
      if lines.isEmpty || left + room > width {
        lines.append([])
        left = 0
      }
      lines[lines.count - 1].append((index, left))
      left += room + 30
    }
    return lines
  }

  /// A stroke in the curve's colour and its name.
  private func drawEntry(_ index: Int, on picture: inout Picture, left: Int, top: Int) {
    let colour = SIMD3<Float>(ClassColours.colour(of: index))
    let middle = Float(top) + Float(BitmapFont.capitalHeight * Self.textScale) / 2
    picture.drawStroke(
      from: SIMD2(Float(left), middle), to: SIMD2(Float(left + 34), middle), radius: 1.2, colour: colour)
    let mark = SIMD2(Float(left + 17), middle)
    picture.drawStroke(from: mark, to: mark, radius: 4, colour: colour)
    BitmapFont.draw(
      series[index].name, on: &picture, left: left + Self.legendStroke, top: top, scale: Self.textScale,
      shade: Self.ink)
  }
}

extension Picture {
  /// Lays a line with round ends over a coloured picture, each pixel by how much of it the line covers.
  fileprivate mutating func drawStroke(
    from start: SIMD2<Float>, to end: SIMD2<Float>, radius: Float, colour: SIMD3<Float>
  ) {
    let least = pointwiseMin(start, end) - (radius + 1)
    let greatest = pointwiseMax(start, end) + (radius + 1)
    let along = end - start
    let length = (along * along).sum()
    for row in max(0, Int(least.y))...max(0, min(height - 1, Int(greatest.y))) {
      for column in max(0, Int(least.x))...max(0, min(width - 1, Int(greatest.x))) {
        let place = SIMD2(Float(column) + 0.5, Float(row) + 0.5) - start
        let share = length > 0 ? min(max((place * along).sum() / length, 0), 1) : 0
        let off = place - along * share
        let coverage = min(max(radius + 0.5 - (off * off).sum().squareRoot(), 0), 1)
        guard coverage > 0 else { continue }
        for channel in 0..<3 {
          let index = (row * width + column) * 3 + channel
          let below = Float(bytes[index])
          bytes[index] = UInt8((below + (colour[channel] - below) * coverage).rounded())
        }
      }
    }
  }
}
