import HourglassDrawing

/// One use on a report card: what the model does beside what a simple method does.
public struct CardSection: Sendable {
  /// The key in JSON, such as `reconstruct`.
  package internal(set) var key: String
  public internal(set) var title: String
  /// What was done, and on what, in a sentence or two.
  public internal(set) var method: String
  /// Who wins, in one sentence.
  public internal(set) var verdict: String
  /// Whether the model beats the simple method; nil where they are even or cannot be compared.
  public internal(set) var isBetter: Bool?
  /// Columns of the table after the name.
  var columns: [String] = []
  /// Names with their numbers, the model first.
  var rows: [(name: String, values: [String])] = []
  var figures: [Figure] = []
  /// The table's numbers and others.
  public internal(set) var metrics: [String: Double] = [:]

  /// A use that the model was not made for.
  static func unavailable(_ key: String, _ title: String, _ reason: String) -> CardSection {
    CardSection(key: key, title: title, method: "", verdict: reason)
  }
}

/// A use of autoencoders that a report card can judge: one file each, listed in `ReportCard.uses`.
protocol CardUse: Sendable {
  static var key: String { get }
  static var title: String { get }
  /// - Throws: `HourglassError`.
  static func judge(_ context: CardContext) throws -> CardSection
}
