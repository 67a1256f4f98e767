import HourglassBase
import HourglassDrawing
import HourglassEngine

/// How good maps are, in figures and in words.
package struct ProjectionQuality {
  package private(set) var metrics: [String: Double] = [:]
  /// The maps' names, in order.
  private let names: [String]

  /// Measures of every map how far its neighbours are the codes' neighbours and of one class; and of the codes the same,
  /// beside principal components of the samples, as many as the code has numbers.
  ///
  /// - Parameters:
  ///   - maps: each with a place for every code.
  ///   - labels: the class of each code; none if they are not known.
  ///   - samples: what the codes are of; nil where they are of nothing.
  ///   - divergence: of t-SNE.
  ///   - threads: workers; all cores when nil. The result does not depend on it.
  ///   - progress: told now and then what is measured; what it throws ends the work.
  /// - Throws: `HourglassError` (badData) when a value is not finite; what `progress` throws.
  package init(
    _ maps: [(name: String, positions: [SIMD2<Float>])], of codes: SampleArray, labels: [UInt8],
    samples: (any SampleSource)?, seed: UInt64, divergence: Double?, threads: Int? = nil,
    progress: WorkProgress.Report = { _ in }
  ) throws {
    names = maps.map(\.name)
    metrics["kl_divergence"] = divergence
    guard codes.count > 10 else { return }
    func trust(_ map: SampleArray, _ samples: SampleArray) throws -> Double {
      try trustworthiness(of: map, for: samples, threads: threads, progress: progress)
    }
    func accuracy(_ samples: SampleArray) throws -> Double? {
      labels.isEmpty
        ? nil : try neighbourAccuracy(of: samples, labels: labels, threads: threads, progress: progress)
    }
    for (index, map) in maps.enumerated() {
      let suffix = Self.suffix(index, map.name)
      let positions = SampleArray(positions: map.positions)
      metrics["trustworthiness\(suffix)"] = try trust(positions, codes)
      metrics["label_accuracy\(suffix)"] = try accuracy(positions)
    }
    metrics["label_accuracy_codes"] = try accuracy(codes)
    guard let samples, codes.shape.count <= min(samples.shape.count, samples.count),
      samples.shape.count <= PrincipalComponents.largestSample
    else { return }
    let originals = try samples.array()
    let components = try PrincipalComponents(
      of: originals, count: codes.shape.count, seed: seed, threads: threads, progress: progress
    ).project(originals, threads: threads)
    metrics["label_accuracy_pca_codes"] = try accuracy(components)
    metrics["trustworthiness_codes"] = try trust(codes, originals)
    metrics["trustworthiness_pca_codes"] = try trust(components, originals)
  }

  /// Of a map's metrics; the first has none.
  private static func suffix(_ index: Int, _ name: String) -> String {
    index == 0 ? "" : "_\(name.lowercased())"
  }

  /// What the page says of the first map.
  package var notes: [String] {
    [
      metrics["trustworthiness"].map { "trustworthiness \(ReportText.fixed($0, 3))" },
      metrics["label_accuracy"].map { "\(ReportText.fixed(100 * $0, 1)) % of samples lie among their class" },
    ].compactMap { $0 }
  }

  /// A small table, and what its columns mean.
  ///
  /// - Parameter seconds: that the first map took.
  package func lines(seconds: Double) -> [String] {
    let rows =
      names.enumerated().map { ("\($1)", Self.suffix($0, $1)) } + [
        ("the codes", "_codes"), ("PCA of the samples", "_pca_codes"),
      ]
    let width = rows.map(\.0.count).max() ?? 0
    let hasLabels = metrics["label_accuracy"] != nil
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(width - text.count, 0))
    }
    var lines: [String] = []
    for (name, suffix) in rows {
      let trust = metrics["trustworthiness\(suffix)"].map { ReportText.fixed($0, 4) }
      let accuracy = metrics["label_accuracy\(suffix)"].map { "\(ReportText.fixed(100 * $0, 1)) %" }
      guard trust != nil || accuracy != nil else { continue }
      lines.append(
        "\(padded(name, width))  \(padded(trust ?? "-", 15))" + (hasLabels ? "  \(accuracy ?? "-")" : ""))
    }
    if !lines.isEmpty {
      let heads = "\(padded("", width))  trustworthiness" + (hasLabels ? "  among its class" : "")
      lines.insert(heads, at: 0)
      lines.append(
        "trustworthiness: 1 when the 5 nearest on a map are the codes' own nearest, for codes the samples'"
          + (hasLabels ? "; among its class: most of the 10 nearest are" : ""))
    }
    let divergence = metrics["kl_divergence"].map { ", divergence \(ReportText.fixed($0, 3)) nats" } ?? ""
    return lines + ["\(names[0]) in \(ReportText.fixed(seconds, 2)) s\(divergence)"]
  }
}
