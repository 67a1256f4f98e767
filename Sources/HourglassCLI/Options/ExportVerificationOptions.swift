import ArgumentParser
import Foundation
import Hourglass

/// `--verify` and what goes with it.
struct ExportVerificationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Run the first samples of the run's own data, or of --verify-data, through the file too, and print how far it differs.",
      valueName: "samples"))
  var verify: Int?

  @Option(
    help: ArgumentHelp(
      "The samples for --verify: what --data takes, or of a detector of tables a CSV file or a table of a database.",
      valueName: "data"
    ))
  var verifyData: String?

  @Option(
    help: ArgumentHelp(
      "ONNX Runtime's library, libonnxruntime.so, for --verify; that of ORT_DYLIB_PATH or of the system if not given.",
      valueName: "file"))
  var runtime: String?

  func validate() throws {
    try require(verify, in: 1...1_000_000, option: "--verify")
    try require(
      verify != nil || verifyData == nil && runtime == nil,
      "--verify-data and --runtime are for --verify; give it, such as --verify 1000.")
  }

  /// nil where the library is nowhere.
  func library() throws -> ONNXRuntime? {
    let path = runtime ?? ProcessInfo.processInfo.environment["ORT_DYLIB_PATH"]
    // The system looks for a bare name in its own folders only.
    guard let path, try !path.contains("/") && FileEntry.exists(path) else {
      return try ONNXRuntime.load(path: path)
    }
    return try ONNXRuntime.load(path: "./" + path)
  }

  // MARK: Detectors

  /// - Parameters:
  ///   - file: that was exported.
  ///   - folder: of the detector, or its file.
  /// - Returns: nil where there is no ONNX Runtime.
  func verified(
    _ detector: AnomalyDetector, in folder: String, file: String, hasChannelsLast: Bool
  ) async throws -> ExportVerification? {
    guard let count = verify, let library = try library() else { return nil }
    var verification = try DetectorVerification(
      detector, file: file, hasChannelsLast: hasChannelsLast, runtime: library)
    guard let source = try verifyData ?? DetectionResult.read(DetectionFolder(folder))?.data else {
      throw HourglassError(
        .usage, "\(folder) does not say what it was fitted to; give samples with --verify-data.")
    }
    if detector.takesTables {
      guard try DatabaseAddress.isOne(source) || FileEntry.exists(source) else {
        throw HourglassError(
          .environment,
          "\(source), the table for --verify, is not there; give one with --verify-data.")
      }
      try verification.addRows(of: source, count: count)
    } else {
      let images = try await detector.images(of: DataSource(source)).tellingNotes()
      try verification.addImages(images.hasTest ? images.test : images.training, count: count)
    }
    return verification.result
  }

  // MARK: Models

  /// - Parameter file: that was exported.
  func verified(
    _ export: ONNXExport, of model: TrainedModel, from source: RunArgument, file: String,
    hasChannelsLast: Bool, _ library: ONNXRuntime?
  ) async throws -> ExportVerification {
    let set = try await source.dataSet(for: model, DataChoice(name: verifyData))
    let samples = try (set.hasTest ? set.test : set.training).prefix(verify ?? 1).array()
    return try export.verification(
      of: samples, by: model, file: file, hasChannelsLast: hasChannelsLast, runtime: library)
  }
}

extension ExportVerification {
  /// A line or two for people.
  func tell(_ noun: String) {
    let largest = differences.map { "\($0.output) \(ReportText.significant($0.difference, 2))" }
    Terminal.note(
      "verified by \(runner) on \(ReportText.count(samples, noun)): largest differences \(largest.prefix(Self.shown).joined(separator: ", "))"
        + (largest.count > Self.shown ? ", of all \(ReportText.significant(worst, 2))" : ""))
    if let equalAlerts { Terminal.note("alerts equal: \(grouped(equalAlerts)) of \(grouped(samples))") }
    if !uncompared.isEmpty {
      Terminal.note("not compared: \(uncompared.joined(separator: ", "))")
    }
    if texts.count > 0 {
      Terminal.note("expected texts equal: \(grouped(texts.equal)) of \(grouped(texts.count))")
    }
  }

  /// Outputs that are named.
  private static let shown = 6

  private var worst: Double { differences.map(\.difference).max() ?? 0 }
}
