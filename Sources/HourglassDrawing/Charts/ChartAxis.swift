import HourglassPlatform

/// One axis of a chart: which values it spans, and its ticks at round numbers.
struct ChartAxis {
  struct Tick: Equatable {
    let value: Double
    let label: String
  }

  let scale: LineChart.Scale
  /// The ends of the axis; the first is the smaller one.
  let low: Double
  let high: Double
  let ticks: [Tick]

  /// Values beyond this magnitude are left out, so that neither a span nor a margin overflows.
  private static let largest = 1e200
  /// Spans below this are none, and smaller values have no place on a logarithmic axis.
  private static let smallest = 1e-200

  /// - Parameters:
  ///   - values: those to be shown; whatever cannot stand on the axis is passed over.
  ///   - isRounded: whether the ends are moved outwards to ticks (linear) or a little apart (logarithmic).
  ///   - tickCount: about how many ticks there should be.
  init(values: some Sequence<Double>, scale: LineChart.Scale, isRounded: Bool, tickCount: Int) {
    self.scale = scale
    let shown = values.filter { Self.admits($0, scale: scale) }
    let least = shown.min() ?? (scale == .linear ? 0 : 0.1)
    let most = shown.max() ?? 1
    switch scale {
    case .linear:
      var (low, high) = Self.widened(least, most)
      let isWhole = shown.allSatisfy { $0 == $0.rounded() && abs($0) < 1e15 }
      let steps = RoundSteps(span: high - low, count: tickCount, isWhole: isWhole)
      if isRounded { (low, high) = steps.roundedOutwards(low, high) }
      ticks = steps.ticks(from: low, through: high)
      (self.low, self.high) = (low, high)
    case .logarithmic:
      let (start, end) = (log10(least), log10(most))
      let margin = end - start < 1e-6 ? 0.5 : isRounded ? 0.04 * (end - start) : 0
      low = pow(10, start - margin)
      high = pow(10, end + margin)
      ticks = Self.logarithmicTicks(from: low, through: high, count: tickCount)
    }
  }

  /// Where `value` stands: 0 at the low end, 1 at the high end; nil if it cannot stand on the axis.
  func position(_ value: Double) -> Double? {
    guard Self.admits(value, scale: scale) else { return nil }
    switch scale {
    case .linear: return (value - low) / (high - low)
    case .logarithmic: return (log10(value) - log10(low)) / (log10(high) - log10(low))
    }
  }

  private static func admits(_ value: Double, scale: LineChart.Scale) -> Bool {
    abs(value) <= largest && (scale == .linear || value >= smallest)
  }

  /// A span that is wide enough to be divided, even if all values are (nearly) the same.
  private static func widened(_ least: Double, _ most: Double) -> (Double, Double) {
    let magnitude = max(abs(least), abs(most))
    guard most - least <= max(magnitude * 1e-9, smallest) else { return (least, most) }
    let margin = magnitude < smallest ? 1 : magnitude * 0.1
    return (least - margin, most + margin)
  }

  private static func logarithmicTicks(from low: Double, through high: Double, count: Int) -> [Tick] {
    let decades = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
    let fine = decades.flatMap { decade in [1, 2, 5].map { DecimalText(digits: $0, exponent: decade) } }
      .filter { (low...high).contains($0.value) }
    if fine.count < 3 {
      return RoundSteps(span: high - low, count: count, isWhole: false).ticks(from: low, through: high)
    }
    if fine.count <= count + 2 { return fine.map { Tick(value: $0.value, label: $0.text) } }
    let coarse = fine.filter { $0.digits == 1 }
    let every = (coarse.count + count - 1) / count
    return coarse.filter { $0.exponent.isMultiple(of: every) }.map { Tick(value: $0.value, label: $0.text) }
  }
}

/// Steps of 1, 2 or 5 times a power of ten.
private struct RoundSteps {
  private var factor = 1
  private var exponent = 0

  init(span: Double, count: Int, isWhole: Bool) {
    let raw = span / Double(count)
    exponent = Int(log10(raw).rounded(.down))
    let fraction = raw / DecimalText(digits: 1, exponent: exponent).value
    switch fraction {
    case ...1: factor = 1
    case ...2: factor = 2
    case ...5: factor = 5
    default: (factor, exponent) = (1, exponent + 1)
    }
    if isWhole && exponent < 0 { (factor, exponent) = (1, 0) }
  }

  private var step: Double { DecimalText(digits: factor, exponent: exponent).value }

  func roundedOutwards(_ low: Double, _ high: Double) -> (Double, Double) {
    ((low / step).rounded(.down) * step, (high / step).rounded(.up) * step)
  }

  func ticks(from low: Double, through high: Double) -> [ChartAxis.Tick] {
    // The tolerance keeps an end that a rounding error moved past its tick.
    let first = Int((low / step - 1e-6).rounded(.up))
    let last = Int((high / step + 1e-6).rounded(.down))
    guard first <= last else { return [] }
    return (first...last).map { index in
      let number = DecimalText(digits: index * factor, exponent: exponent)
      return ChartAxis.Tick(value: number.value, label: number.text)
    }
  }
}

/// The number `digits * 10^exponent`, written exactly.
struct DecimalText {
  let digits: Int
  let exponent: Int

  init(digits: Int, exponent: Int) {
    self.digits = digits
    self.exponent = exponent
  }

  /// `value` to six significant digits; 0 for a magnitude below 1e-200.
  ///
  /// - Parameter value: finite, with a magnitude of at most 1e200.
  init(rounding value: Double) {
    guard abs(value) >= 1e-200 else {
      self.init(digits: 0, exponent: 0)
      return
    }
    let exponent = Int(log10(abs(value)).rounded(.down)) - 5
    let unit = DecimalText(digits: 1, exponent: exponent).value
    self.init(digits: Int((value / unit).rounded()), exponent: exponent)
  }

  var value: Double {
    exponent >= 0 ? Double(digits) * pow(10, Double(exponent)) : Double(digits) / pow(10, Double(-exponent))
  }

  /// In plain digits where that is short, else with a power of ten: `0.05`, `12000`, `2e-7`; a true minus sign.
  var text: String {
    if digits == 0 { return "0" }
    var number = String(digits.magnitude)
    var exponent = exponent
    while number.hasSuffix("0") {
      number.removeLast()
      exponent += 1
    }
    let sign = digits < 0 ? "−" : ""
    let leading = number.count - 1 + exponent
    if (-4...5).contains(leading) {
      if exponent >= 0 { return sign + number + String(repeating: "0", count: exponent) }
      let padded = String(repeating: "0", count: max(0, -exponent + 1 - number.count)) + number
      return sign + padded.dropLast(-exponent) + "." + padded.suffix(-exponent)
    }
    let fraction = number.dropFirst()
    return sign + number.prefix(1) + (fraction.isEmpty ? "" : "." + fraction)
      + "e" + (leading < 0 ? "−\(-leading)" : "\(leading)")
  }
}
