import HourglassBase
import HourglassDrawing
import HourglassPictures

/// A sample, or a change of one, small: pictures as they are, series as lines, vectors as bars.
struct SampleDrawing {
  private let numbers: [Float]
  private let form: SampleForm
  /// What the top and the bottom of the drawing stand for.
  private let range: ClosedRange<Float>

  /// A sample; pictures go from 0 to 1, others from their smallest number to their largest, zero included.
  init(_ numbers: [Float], form: SampleForm) {
    let finite = numbers.filter(\.isFinite)
    self.init(
      numbers, form: form,
      range: form.isPicture ? 0...1 : min(0, finite.min() ?? 0)...max(0, finite.max() ?? 0))
  }

  /// A change, whose zero is in the middle.
  init(change numbers: [Float], form: SampleForm) {
    let largest = numbers.filter(\.isFinite).map { abs($0) }.max() ?? 0
    self.init(numbers, form: form, range: -largest...largest)
  }

  private init(_ numbers: [Float], form: SampleForm, range: ClosedRange<Float>) {
    (self.numbers, self.form, self.range) = (numbers, form, range)
  }

  /// The share of the height at which a number lies; what is no number lies where zero is.
  private func height(_ number: Float) -> Float {
    let extent = range.upperBound - range.lowerBound
    return extent > 0 ? ((number.isFinite ? number : 0) - range.lowerBound) / extent : 0.5
  }

  func html() throws -> HTML {
    guard form.isPicture else { return svg }
    let picture = try Picture(samples: numbers.map(height), shape: form.shape)
    return "<img alt=\"\" src=\"\(DataLink.link(to: try PNG.encode(picture), mediaType: "image/png"))\">"
  }

  // MARK: - Lines and bars

  private static let side: Float = 64

  private var svg: HTML {
    let zero = place(0)
    let marks: [HTML]
    switch form.kind {
    case .series:
      let length = form.shape[1]
      marks = (0..<form.shape[0]).map { channel in
        line(Array(numbers[channel * length..<(channel + 1) * length]))
      }
    case .vector, .image:
      marks = [bars]
    }
    return """
      <svg viewBox="0 0 64 64" preserveAspectRatio="none" aria-hidden="true">\
      <path class="zero" d="M0 \(zero)H64"/>\(marks.joined())</svg>
      """
  }

  private func line(_ numbers: [Float]) -> HTML {
    let step = Self.side / Float(max(numbers.count - 1, 1))
    let points = numbers.enumerated().map { "\(Self.text(Float($0) * step)) \(place($1))" }
    return "<path class=\"line\" d=\"M\(points.joined(separator: "L"))\"/>"
  }

  private var bars: HTML {
    let width = Self.side / Float(max(numbers.count, 1))
    let zero = place(0)
    let paths = numbers.enumerated().map { index, number in
      let left = Self.text((Float(index) + 0.1) * width)
      return "M\(left) \(zero)V\(place(number))h\(Self.text(0.8 * width))V\(zero)z"
    }
    return "<path class=\"bars\" d=\"\(paths.joined())\"/>"
  }

  private func place(_ number: Float) -> String {
    // A margin of one above and below.
    Self.text(1 + (1 - min(max(height(number), 0), 1)) * (Self.side - 2))
  }

  private static func text(_ value: Float) -> String { ReportText.fixed(Double(value), 2) }
}
