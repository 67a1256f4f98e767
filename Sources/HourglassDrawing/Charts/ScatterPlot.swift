import HourglassBase
import HourglassPictures

/// Points of the plane on white ground, coloured by class, with a title and a legend.
package struct ScatterPlot: Sendable {
  var title: String
  /// Both axes have the same scale; what they mean is not shown, as in a map by t-SNE.
  var positions: [SIMD2<Float>]
  /// The class of each point, an index into `classNames`; none draws all points alike.
  var labels: [UInt8]
  /// In the order of the legend.
  var classNames: [String]
  /// Pixels of a side of the square that holds the points.
  package var side: Int
  /// The last points, which were placed among the others: they have an outline, and the others are pale.
  var placed: Int

  package init(
    title: String, positions: [SIMD2<Float>], labels: [UInt8] = [], classNames: [String] = [],
    side: Int = 1000, placed: Int = 0
  ) {
    self.placed = placed
    self.title = BitmapFont.shortened(title)
    self.positions = positions
    self.labels = labels
    self.classNames = classNames.map(BitmapFont.shortened)
    self.side = side
  }

  private static let margin = 24
  private static let titleScale = 3
  private static let textScale = 2
  private static let lineHeight = 30
  private static let ink: UInt8 = 48
  /// How much of a point covers what lies below it.
  private static let opacity: Float = 0.85
  /// The same where new points lie among others.
  private static let paleOpacity: Float = 0.3

  /// Draws the picture.
  ///
  /// - Throws: `HourglassError(.usage)` if there is no point or one is not finite, the labels do not match the points or
  ///   the names, or the side is not of 100 to 8,000 pixels.
  package func drawn() throws -> Picture {
    try check()
    let shown = Set(labels)
    let legend = classNames.indices.filter { $0 <= UInt8.max && shown.contains(UInt8($0)) }
    let textWidth = legend.map { BitmapFont.width(of: classNames[$0]) * Self.textScale }.max() ?? 0
    let legendWidth = legend.isEmpty ? 0 : 28 + textWidth + Self.margin
    let titleHeight = title.isEmpty ? 0 : BitmapFont.capitalHeight * Self.titleScale + Self.margin
    let titleWidth = BitmapFont.width(of: title) * Self.titleScale + 2 * Self.margin
    var picture = Picture(
      width: max(side + 2 * Self.margin + legendWidth, titleWidth),
      height: max(
        titleHeight + side + 2 * Self.margin, titleHeight + legend.count * Self.lineHeight + 2 * Self.margin),
      channels: 3, shade: 255)
    BitmapFont.draw(
      title, on: &picture, left: Self.margin, top: Self.margin, scale: Self.titleScale, shade: Self.ink)

    let top = titleHeight + Self.margin
    drawPoints(on: &picture, left: Float(Self.margin), top: Float(top))
    for (line, label) in legend.enumerated() {
      let (left, y) = (side + 2 * Self.margin, top + line * Self.lineHeight)
      Self.draw(
        label, radius: 7, on: &picture, x: Float(left) + 8,
        y: Float(y) + Float(BitmapFont.capitalHeight * Self.textScale) / 2, opacity: 1)
      BitmapFont.draw(
        classNames[label], on: &picture, left: left + 28, top: y, scale: Self.textScale, shade: Self.ink)
    }
    return picture
  }

  private func check() throws {
    func complain(_ cause: String, _ remedy: String) -> HourglassError {
      HourglassError(.usage, "Cannot draw the map \"\(title)\": \(cause); \(remedy).")
    }
    guard !positions.isEmpty else { throw complain("it has no points", "give at least one") }
    guard labels.isEmpty || labels.count == positions.count else {
      throw complain(
        "it has \(labels.count) labels for \(positions.count) points", "give each a label, or none")
    }
    if let label = labels.max(), label >= classNames.count {
      throw complain("the label \(label) has no name among \(classNames.count)", "name every class")
    }
    if let point = positions.firstIndex(where: { !$0.x.isFinite || !$0.y.isFinite }) {
      throw complain("point \(point) is not finite", "leave it out")
    }
    guard 0...positions.count ~= placed else {
      throw complain("\(placed) of its \(positions.count) points are placed", "name as many as there are")
    }
    guard 100...8000 ~= side else {
      throw complain("its side is \(side) pixels", "choose 100 to 8,000")
    }
  }

  private func drawPoints(on picture: inout Picture, left: Float, top: Float) {
    // Points of many are small, so that they do not hide one another.
    let radius = max(Float(side) / 1000 * min(220 / Float(positions.count).squareRoot(), 5), 1.4)
    let fit = SquareFit(positions, side: Float(side) - 2 * radius)
    let half = Float(side) / 2
    for (index, position) in positions.enumerated() {
      let place = fit(position)
      // The second axis points upwards.
      let (label, x, y) = (
        labels.isEmpty ? 0 : Int(labels[index]), left + half + place.x, top + half - place.y
      )
      if index >= positions.count - placed {
        Self.draw(
          label, radius: 1.5 * radius + 1.2, on: &picture, x: x, y: y, opacity: 1,
          colour: SIMD3(repeating: Float(Self.ink)))
        Self.draw(label, radius: 1.5 * radius, on: &picture, x: x, y: y, opacity: 1)
      } else {
        Self.draw(
          label, radius: radius, on: &picture, x: x, y: y,
          opacity: placed > 0 ? Self.paleOpacity : Self.opacity)
      }
    }
  }

  /// Lays a mark over the picture, each pixel by how much of it the mark covers.
  private static func draw(
    _ label: Int, radius: Float, on picture: inout Picture, x: Float, y: Float, opacity: Float,
    colour: SIMD3<Float>? = nil
  ) {
    let colour = colour ?? SIMD3<Float>(ClassColours.colour(of: label))
    let mark = ClassColours.mark(of: label)
    for row in max(0, Int(y - radius - 1))...min(picture.height - 1, Int(y + radius + 1)) {
      for column in max(0, Int(x - radius - 1))...min(picture.width - 1, Int(x + radius + 1)) {
        let (dx, dy) = (Float(column) + 0.5 - x, Float(row) + 0.5 - y)
        let distance = mark == .square ? max(abs(dx), abs(dy)) / 0.9 : (dx * dx + dy * dy).squareRoot()
        var coverage = min(max(radius + 0.5 - distance, 0), 1)
        if mark == .ring { coverage *= min(max(distance - radius * 0.45 + 0.5, 0), 1) }
        guard coverage > 0 else { continue }
        let place = (row * picture.width + column) * 3
        for channel in 0..<3 {
          let below = Float(picture.bytes[place + channel])
          let above = below + (colour[channel] - below) * coverage * opacity
          picture.bytes[place + channel] = UInt8(above.rounded())
        }
      }
    }
  }
}
