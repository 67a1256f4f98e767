import HourglassBase
import HourglassMessages
import HourglassONNX
import HourglassPlatform

// Distances become a score, as in `ScoreParts`, and this an alert.

extension DetectorTranslation {
  /// What the parts of a score are made of.
  struct Evidence {
    /// Whitened residuals.
    var whitened: String
    /// 1 where a cell is missing; nil where nothing can be missing.
    var gaps: String?
    /// Where neighbours are sought.
    var points: String
  }

  /// What alerts go by, `[batch, 1]` of 64 bits.
  ///
  /// - Throws: as `neighbourDistance`.
  mutating func value(_ evidence: Evidence) throws(HourglassError) -> String {
    let parts = ScoreParts.Weights.used(by: detector)
    var standardised = ScoreNames()
    if parts.reconstruction > 0 {
      standardised.reconstruction = standard(
        reconstructionDistance(evidence.whitened, gaps: evidence.gaps), detector.reconstructionStandard)
    }
    if parts.neighbours > 0 {
      standardised.neighbours = try standard(
        neighbourDistance(evidence.points, gaps: evidence.gaps), detector.neighbourStandard)
    }
    if parts.tails > 0, let tails = detector.tails {
      standardised.tails = standard(rarity(evidence.points, by: tails), detector.tailStandard)
    }
    writer.scope = "score"
    guard detector.scoring == .combined, detector.tails != nil else {
      return weighted(
        [
          (standardised.reconstruction, parts.reconstruction), (standardised.neighbours, parts.neighbours),
          (standardised.tails, parts.tails),
        ])
    }
    let (median, spread) = (detector.combinedStandard.median, detector.combinedStandard.spread)
    return op("Div", op("Sub", combined(standardised), writer.double(median)), writer.double(spread))
  }

  /// The standardised parts, as far as they count.
  private struct ScoreNames {
    var reconstruction: String?
    var neighbours: String?
    var tails: String?
  }

  private mutating func standard(_ distance: String, _ standard: AnomalyDetector.Standard) -> String {
    let logarithm = op("Log", op("Add", distance, writer.double(standard.offset)))
    return op("Div", op("Sub", logarithm, writer.double(standard.median)), writer.double(standard.spread))
  }

  private mutating func weighted(_ parts: [(value: String?, weight: Double)]) -> String {
    let terms = parts.compactMap { part in part.value.map { ($0, part.weight) } }
    let scaled = terms.map { $1 == 1 ? $0 : op("Mul", $0, writer.double($1)) }
    return scaled.dropFirst().reduce(scaled[0]) { op("Add", $0, $1) }
  }

  private mutating func combined(_ parts: ScoreNames) -> String {
    guard let neighbours = parts.neighbours else { return parts.tails ?? "" }
    guard let tails = parts.tails else { return neighbours }
    let weight = detector.tailWeight
    let scaled = op("Mul", tails, writer.double(weight))
    if detector.combination == .mean {
      return op("Div", op("Add", neighbours, scaled), writer.double(1 + weight))
    }
    let sharpness = writer.double(PartCombination.sharpness)
    let apart = op("Mul", op("Abs", op("Sub", neighbours, scaled)), op("Neg", sharpness))
    let bend = op("Div", op("Log", op("Add", writer.double(1), op("Exp", apart))), sharpness)
    return op("Add", op("Max", neighbours, scaled), bend)
  }

  // MARK: Reasons beside the score

  /// The score of a row that breaks relations, and whether it does.
  mutating func raised(
    _ value: String, _ rows: Rows, _ encoding: TableEncoding
  ) -> (value: String, isBroken: String?) {
    writer.scope = "relations"
    guard !encoding.relations.isEmpty else { return (value, nil) }
    let excesses = concatenated(encoding.relations.map { excess($0, rows) })
    let worst = writer.add("ReduceMax", [excesses], .integers("axes", [1]), .integer("keepdims", 1))
    let isBroken = op("Greater", worst, writer.double(0))
    let times = op("Where", isBroken, worst, writer.double(1))
    let decimal = op("Div", op("Log", times), writer.double(log(10)))
    let higher = op("Add", op("Max", value, writer.double(detector.highestOrdinary)), decimal)
    return (op("Where", isBroken, higher, value), isBroken)
  }

  /// How many times what is usual a relation is missed; 0 where it holds, or a number is missing.
  private mutating func excess(_ relation: ColumnRelation, _ rows: Rows) -> String {
    let numbers = relation.columns.map { rows.numbers[$0] ?? "" }
    let constant = writer.double(relation.constant)
    var (expected, size) = (constant, "")
    switch relation.kind {
    case .sum:
      size = op("Add", op("Abs", constant), op("Abs", numbers[0]))
      for (term, number) in zip(relation.terms, numbers.dropFirst()) {
        let part = op("Mul", writer.double(term.factor), number)
        (expected, size) = (op("Add", expected, part), op("Add", size, op("Abs", part)))
      }
    case .product:
      for (term, number) in zip(relation.terms, numbers.dropFirst()) {
        expected = op("Mul", expected, power(number, term.factor))
      }
      size = op("Abs", expected)
    }
    let (miss, tolerance) = (op("Abs", op("Sub", numbers[0], expected)), writer.double(relation.tolerance))
    let share = op("Mul", size, writer.double(relation.relativeTolerance))
    let largest = writer.double(.greatestFiniteMagnitude)
    // What is missing is not a number, of which none of these is true.
    let conditions = [
      op("LessOrEqual", miss, largest), op("LessOrEqual", size, largest), op("Greater", miss, tolerance),
      op("Greater", miss, share),
    ]
    let isMissed = conditions.dropFirst().reduce(conditions[0]) { op("And", $0, $1) }
    let times = op("Min", op("Div", miss, op("Max", tolerance, share)), writer.double(1e15))
    return op("Where", isMissed, times, writer.double(0))
  }

  private mutating func power(_ number: String, _ exponent: Double) -> String {
    let count = Int(saturating: abs(exponent))
    let power = (1..<max(count, 1)).reduce(number) { product, _ in op("Mul", product, number) }
    return exponent < 0 ? op("Div", writer.double(1), power) : power
  }

  /// Whether a column has another value than the one that it had in all of training; nil where no column is constant.
  mutating func departures(_ encoding: TableEncoding) -> String? {
    writer.scope = "constants"
    let departures = encoding.constants.map { constant in
      switch constant.value {
      case .number(let number):
        let isOther = op("Not", op("Equal", constant.name, writer.double(number)))
        return op("And", isOther, op("Not", op("IsNaN", constant.name)))
      case .text(let text):
        // What is neither the text nor a missing cell.
        return op("Equal", levels(constant.name, [text]), writer.integer(1))
      }
    }
    return any(departures)
  }

  mutating func any(_ conditions: [String?]) -> String? {
    let known = conditions.compactMap(\.self)
    return known.first.map { first in known.dropFirst().reduce(first) { op("Or", $0, $1) } }
  }

  /// Whether a value lies above the threshold, or anything else makes its sample an alert.
  mutating func alert(_ value: String, or reasons: [String?]) -> String {
    writer.scope = "score"
    let isHigh = op("Greater", value, writer.double(detector.threshold.value))
    return any([isHigh] + reasons) ?? isHigh
  }
}

extension ScoreParts.Weights {
  /// How much each part counts in a detector's scores; 0 for what need not be worked out.
  fileprivate static func used(by detector: AnomalyDetector) -> Self {
    let parts = ScoreParts(
      reconstruction: 0, neighbours: 0, tails: detector.tails == nil ? nil : 0,
      tailWeight: detector.tailWeight,
      reconstructionShare: detector.neighbourDistance.reconstructionShare, combination: detector.combination)
    return parts.weights(detector.scoring)
  }
}
