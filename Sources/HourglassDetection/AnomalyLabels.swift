import HourglassBase
import HourglassData

/// How a column of labels says which rows are anomalies.
package struct AnomalyLabels: Sendable, Equatable {
  /// The name of the column.
  var column: String
  /// The labels that mean an anomaly, and those that mean a normal row, as they stood in the table they were found in.
  package private(set) var anomalies: Set<String>
  private(set) var normals: Set<String>
  /// Whether the most frequent label was taken as normal, since no word said so.
  package private(set) var isByFrequency = false
  /// By their plain form, where that means one thing only.
  private var meanings: [String: Bool] = [:]
  /// Whether they are one of `pairs`.
  private var isPair = false

  /// Labels that say what they are only where both of a pair are all there is.
  private static let pairs: [(normal: String, anomaly: String)] = [
    ("0", "1"), ("false", "true"), ("f", "t"), ("no", "yes"), ("n", "y"), ("negative", "positive"),
  ]
  private static let normalWords: Set<String> = [
    "normal", "ok", "okay", "benign", "good", "legit", "legitimate", "genuine", "healthy", "pass", "passed",
    "clean",
    "inlier", "regular", "nominal", "valid",
  ]
  private static let anomalyWords: Set<String> = [
    "anomaly", "anomalous", "anomalie", "abnormal", "fraud", "fraudulent", "attack", "bad", "outlier",
    "malicious",
    "malware", "fail", "failed", "failure", "fault", "faulty", "defect", "defective", "broken", "error",
    "intrusion",
    "invalid", "novelty",
  ]

  /// Without the differences that mean nothing: case, blanks around, points behind.
  private static func plain(_ label: String) -> String {
    var text = label.lowercased()[...]
    while let last = text.last, last == "." || last.isWhitespace { text.removeLast() }
    while text.first?.isWhitespace == true { text.removeFirst() }
    return Double(text).flatMap { Int(exactly: $0) }.map(String.init) ?? String(text)
  }

  /// Finds out what the values of a column mean. Words such as normal and ok, or anomaly and fraud, say it, and
  /// 0 beside 1, false beside true or no beside yes; where no label is such a word, the most frequent one is normal and all others are not.
  ///
  /// - Parameter anomalies: the values that mean an anomaly, where they are known; all others are then normal.
  /// - Throws: `HourglassError` (usage) when the table has no such column, or it has no such value.
  package init(column name: String, anomalies: Set<String> = [], in table: Table) throws(HourglassError) {
    try self.init(column: name, anomalies: anomalies, counts: Self.counts(name, in: table))
  }

  /// Finds out what the values of a column of a larger table mean, of which the scan counted them.
  package init(column name: String, anomalies: Set<String> = [], in scan: TableScan) throws(HourglassError) {
    _ = try Self.column(name, in: scan.sample)
    try self.init(column: name, anomalies: anomalies, counts: scan.counts)
  }

  private static func column(_ name: String, in table: Table) throws(HourglassError) -> Table.Column {
    guard let column = table[name] else {
      throw HourglassError(
        .usage,
        "The table has no column \(name.quotedForMessage) for labels (row numbers, and texts that hardly repeat, are left out)"
          + suggestion(name, among: table.columns.map(\.name)))
    }
    return column
  }

  /// How often each text of a column stands in a table.
  private static func counts(_ name: String, in table: Table) throws(HourglassError) -> [String: Int] {
    let column = try column(name, in: table)
    var counts: [String: Int] = [:]
    switch column.kind {
    case .number, .time:
      var numbers: [Double: Int] = [:]
      for value in column.values where !value.isNaN { numbers[value, default: 0] += 1 }
      for (row, value) in column.values.enumerated() where counts.count < numbers.count && !value.isNaN {
        counts[column.text(row: row)] = numbers[value]
      }
    case .category(let levels):
      for value in column.values where !value.isNaN { counts[levels[Int(value)], default: 0] += 1 }
    }
    return counts
  }

  private init(column name: String, anomalies: Set<String>, counts: [String: Int]) throws(HourglassError) {
    guard counts.count > 1 || !anomalies.isEmpty else {
      throw HourglassError(
        .usage,
        "All rows have the same label in column \(name.quotedForMessage), so it tells nothing",
        .leaveOut(.labelColumn), .text("name another column"))
    }
    if !anomalies.isEmpty {
      if let unknown = anomalies.sorted().first(where: { counts[$0] == nil }) {
        throw HourglassError(
          .usage,
          "No row has the label \(unknown.quotedForMessage) in column \(name.quotedForMessage)"
            + suggestion(unknown, among: counts.keys.sorted().prefix(20).map(\.self)))
      }
      self.init(column: name, anomalies: anomalies, normals: Set(counts.keys).subtracting(anomalies))
      return
    }
    let labels = Set(counts.keys)
    let pair = Self.pairs.first { Set(labels.map(Self.plain)) == [$0.normal, $0.anomaly] }
    let normal = labels.filter {
      pair.map(\.normal) == Self.plain($0) || Self.normalWords.contains(Self.plain($0))
    }
    let odd = labels.filter { Self.anomalyWords.contains(Self.plain($0)) }
    if !normal.isEmpty {
      self.init(column: name, anomalies: labels.subtracting(normal), normals: normal)
    } else if !odd.isEmpty {
      self.init(column: name, anomalies: odd, normals: labels.subtracting(odd))
    } else {
      let most = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
      self.init(column: name, anomalies: labels.subtracting([most]), normals: [most])
      isByFrequency = true
    }
  }

  init(column: String, anomalies: Set<String>, normals: Set<String>) {
    (self.column, self.anomalies, self.normals) = (column, anomalies, normals)
    let (odd, usual) = (Set(anomalies.map(Self.plain)), Set(normals.map(Self.plain)))
    for label in usual.subtracting(odd) { meanings[label] = false }
    for label in odd.subtracting(usual) { meanings[label] = true }
    isPair = Self.pairs.contains { usual == [$0.normal] && odd == [$0.anomaly] }
  }

  /// Columns of labels mostly have few different ones.
  private static let fewLabels = 8

  /// What a column holds, where all of it is words such as ok and fraud, or its name says that it tells anomalies and it
  /// has two values; nil where it does not look like labels.
  static func likely(_ column: Table.Column) -> [String]? {
    var texts: Set<String> = []
    for row in column.values.indices where !column.values[row].isNaN {
      texts.insert(column.text(row: row))
      if texts.count > fewLabels { return nil }
    }
    let words = Set(texts.map(plain))
    let isNamed = labelNames.contains(plain(column.name)) && texts.count == 2
    let areWords =
      texts.count > 1 && words.isSubset(of: normalWords.union(anomalyWords))
      && !words.isDisjoint(with: anomalyWords)
    return isNamed || areWords ? texts.sorted() : nil
  }

  private static let labelNames: Set<String> = [
    "label", "labels", "class", "target", "anomaly", "is_anomaly", "isanomaly", "outlier", "is_outlier",
    "fraud",
    "is_fraud", "isfraud", "attack", "is_attack",
  ]

  /// What counts as an anomaly, in words.
  var description: String {
    func list(_ labels: Set<String>) -> String {
      labels.sorted().prefix(5).joined(separator: ", ") + (labels.count > 5 ? " and others" : "")
    }
    let title = column.quotedForMessage
    if isByFrequency {
      return
        "no label of \(title) says that it is normal, so the most frequent one, \(list(normals)), is taken as normal and "
        + "every other as an anomaly"
    }
    return normals.count < anomalies.count
      ? "every label of \(title) but \(list(normals)) is an anomaly"
      : "\(title) = \(list(anomalies)) is an anomaly"
  }

  /// nil for a label that is not known, and is no word that says what it is.
  private func isAnomaly(_ label: String) -> Bool? {
    if anomalies.contains(label) { return true }
    if normals.contains(label) { return false }
    let plain = Self.plain(label)
    if let meaning = meanings[plain] { return meaning }
    if Self.normalWords.contains(plain) || isPair && Self.pairs.contains(where: { $0.normal == plain }) {
      return false
    }
    if Self.anomalyWords.contains(plain) || isPair && Self.pairs.contains(where: { $0.anomaly == plain }) {
      return true
    }
    return nil
  }

  /// How often each label that is not known stands in the table.
  func unknown(in table: Table) -> [String: Int] {
    guard let column = table[column] else { return [:] }
    var counts: [String: Int] = [:]
    for row in column.values.indices where !column.values[row].isNaN {
      let text = column.text(row: row)
      if isAnomaly(text) == nil { counts[text, default: 0] += 1 }
    }
    return counts
  }

  /// Whether each row is an anomaly; nil where its label is missing or not known.
  ///
  /// - Returns: nil when the table has no such column.
  package func labels(in table: Table) -> [Bool?]? {
    guard let column = table[column] else { return nil }
    if case .category(let levels) = column.kind {
      let meanings = levels.map(isAnomaly)
      return column.values.map { $0.isNaN ? nil : meanings[Int($0)] }
    }
    var meanings: [Double: Bool?] = [:]
    return column.values.enumerated().map { row, value in
      guard !value.isNaN else { return nil }
      if let known = meanings[value] { return known }
      let meaning = isAnomaly(column.text(row: row))
      meanings[value] = meaning
      return meaning
    }
  }
}
