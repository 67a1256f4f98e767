import ArgumentParser
import Foundation
import Hourglass

/// What `denoise` does with one photo after another, and what it tells at the end.
final class DenoisingSession {
  /// What became of one photo.
  struct Result {
    var name: String
    var output: String
    var width: Int
    var height: Int
    /// Of the model alone.
    var seconds: Double
    var metrics: [String: Double]
    /// By estimate, in levels of 255; nil for a mean over photos.
    var noise: Double?
  }

  private(set) var results: [Result] = []
  private let command: DenoiseCommand
  private let denoiser: PhotoDenoiser
  private var refusals: [HourglassError] = []
  private var crops: [[Picture]] = []

  init(_ command: DenoiseCommand, _ denoiser: PhotoDenoiser) {
    self.command = command
    self.denoiser = denoiser
  }

  /// One photo of a folder: a damaged one does not end the work on the others.
  func tryRun(_ name: String, in tree: PictureTree) throws {
    let output = "\(Folder(command.out).path)/\(name)"
    do {
      let original = try command.clean.map { try Self.original(of: name, in: $0) }
      try Self.makeFolder(of: output)
      try run(name, input: "\(tree.folder)/\(name)", output: output, original: original)
    } catch let error as HourglassError where error.code == .badData || error.code == .usage {
      Terminal.note("\(name): passed over, since \(error.message)")
      refusals.append(error)
    }
  }

  private static func makeFolder(of file: String) throws {
    let folder = URL(filePath: file).deletingLastPathComponent().path
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw HourglassError(
        .environment, "The folder \(folder) cannot be made; choose another place with --out.")
    }
  }

  /// The file of the same name, whatever kind of picture it is.
  private static func original(of name: String, in folder: String) throws -> String {
    let stem = "\(Folder(folder).path)/\(PictureTree.stem(name))"
    let candidates = ["\(Folder(folder).path)/\(name)"] + ["png", "jpg", "jpeg"].map { "\(stem).\($0)" }
    guard let found = candidates.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
      throw HourglassError(
        .badData, "\(folder) has no original of it; give a folder with pictures of the same names.")
    }
    return found
  }

  /// - Parameter name: what messages and results call the photo.
  func run(_ name: String, input: String, output: String, original path: String?) throws {
    let given = try Picture.read(path: input)
    var original = try path.map { try Picture.read(path: $0) }
    var noisy = given
    if let noise = command.noise {
      noisy = try given.noisy(deviation: noise, seed: UInt64(command.seed), threads: command.threads)
      original = given
    }
    var metrics: [String: Double] = [:]
    // Before the work, so that what does not belong together is refused at once.
    let before = try original.map {
      try PictureQuality(of: noisy, comparedWith: $0, threads: command.threads)
    }
    let progress = DenoisingProgress(name)
    let begun = ContinuousClock.now
    let denoised = try denoiser.denoise(noisy) {
      progress.report($0)
      try Interruption.check()
    }
    let seconds = (ContinuousClock.now - begun) / .seconds(1)
    try denoised.write(to: output)
    var pictures = [noisy, denoised]
    if let original, let before {
      let after = try PictureQuality(of: denoised, comparedWith: original, threads: command.threads)
      metrics = [
        "psnr": after.psnr, "ssim": after.ssim, "psnr_noisy": before.psnr, "ssim_noisy": before.ssim,
      ]
      if command.compare {
        let filtered = try filter(noisy, original, &metrics)
        pictures.insert(contentsOf: filtered, at: 1)
      }
      pictures.append(original)
    }
    keepCrops(pictures)
    let result = Result(
      name: name, output: output, width: noisy.width, height: noisy.height, seconds: seconds,
      metrics: metrics, noise: noisy.estimatedNoise)
    results.append(result)
    tell(result)
  }

  /// - Returns: what the median and the Gaussian filter make of the photo.
  private func filter(
    _ noisy: Picture, _ original: Picture, _ metrics: inout [String: Double]
  ) throws -> [Picture] {
    let best = try NoiseFilter.best(for: noisy, original: original, threads: command.threads)
    for (name, filtered) in [("median", best.median), ("gaussian", best.gaussian)] {
      metrics["psnr_\(name)"] = filtered.quality.psnr
      metrics["ssim_\(name)"] = filtered.quality.ssim
      switch filtered.filter {
      case .median(let side): metrics["median_side"] = Double(side)
      case .gaussian(let deviation): metrics["gaussian_deviation"] = deviation
      }
    }
    return [best.median.picture, best.gaussian.picture]
  }

  // MARK: - The figure

  private static let mostCrops = 8
  private static let cropSide = 160

  /// The middle of the photo, as all its versions have it.
  private func keepCrops(_ pictures: [Picture]) {
    guard command.figure != nil, crops.count < Self.mostCrops else { return }
    let (width, height) = (pictures[0].width, pictures[0].height)
    let side = min(Self.cropSide, width, height)
    crops.append(
      pictures.map {
        $0.part(left: (width - side) / 2, top: (height - side) / 2, width: side, height: side)
      })
  }

  private func drawFigure(to path: String) throws {
    // All the same size: that of the smallest.
    let side = crops.map { $0[0].width }.min() ?? 0
    let rows = crops.map { row in
      row.map { picture in
        let margin = (picture.width - side) / 2
        return picture.part(left: margin, top: margin, width: side, height: side)
      }
    }
    let hasOriginal = command.noise != nil || command.clean != nil
    let heads =
      ["noisy"] + (command.compare ? ["median", "Gaussian"] : []) + ["denoised"]
      + (hasOriginal ? ["original"] : [])
    try ContactSheet(rows: rows, heads: heads, enlargement: max(1, 160 / max(side, 1))).composed()
      .write(to: path)
  }

  // MARK: - What is told

  private func tell(_ result: Result) {
    let size = result.width > 0 ? "\(result.width) x \(result.height) pixels, " : ""
    var parts = ["\(result.name): \(size)\(decimal(result.seconds, 2)) s"]
    for (name, digits, unit) in [("psnr", 2, " dB"), ("ssim", 4, "")] {
      guard let after = result.metrics[name], let before = result.metrics["\(name)_noisy"] else { continue }
      let filters = ["median", "gaussian"].compactMap { filter in
        result.metrics["\(name)_\(filter)"].map { ", \(filter) \(decimal($0, digits))" }
      }
      parts.append(
        "\(name) \(decimal(after, digits))\(unit) (noisy \(decimal(before, digits))\(filters.joined()))")
    }
    Terminal.note(parts.joined(separator: "  "))
    if let verdict = Self.verdict(result.metrics) { Terminal.note(verdict) }
    if let warning = warning(result.noise) { Terminal.note(warning) }
  }

  /// Whether the model or a simpler way is best; nil without an original.
  private static func verdict(_ metrics: [String: Double]) -> String? {
    guard let own = metrics["psnr"], let noisy = metrics["psnr_noisy"] else { return nil }
    let others = [
      ("leaving it as it is", noisy), ("the median filter", metrics["psnr_median"]),
      ("the Gaussian filter", metrics["psnr_gaussian"]),
    ].compactMap { name, value in value.map { (name, $0) } }
    guard let best = others.max(by: { $0.1 < $1.1 }) else { return nil }
    let lead = decimal(abs(own - best.1), 2)
    return own > best.1
      ? "The model is best, \(lead) dB over \(best.0)."
      : "Here \(best.0) is better than the model, by \(lead) dB."
  }

  /// What a person should know who gives the model other noise than it was trained on.
  private func warning(_ noise: Double?) -> String? {
    guard let noise, let trained = denoiser.trainedNoise,
      noise < 0.6 * trained.lowerBound || noise > 1.5 * trained.upperBound
    else { return nil }
    let levels =
      trained.lowerBound == trained.upperBound
      ? decimal(trained.upperBound, 0)
      : "\(decimal(trained.lowerBound, 0)) to \(decimal(trained.upperBound, 0))"
    return
      "Its noise has about \(decimal(noise, 0)) levels of 255 by estimate, but the model was trained on \(levels) and "
      + (noise < trained.lowerBound ? "takes detail for noise" : "leaves some")
      + "; one for other noise is trained with --set objective.denoising.corruption.gaussian=[0.02,0.2]."
  }

  /// Means over the photos, the figure, the line of JSON.
  ///
  /// - Throws: `HourglassError` (badData) when photos were passed over because they could not be used.
  func conclude(passedOver: Int) throws {
    let seconds = results.map(\.seconds).reduce(0, +)
    let pixels = results.map { $0.width * $0.height }.reduce(0, +)
    var metrics: [String: Double] = [:]
    for name in Set(results.flatMap(\.metrics.keys)) {
      let values = results.compactMap { $0.metrics[name] }
      metrics[name] = values.reduce(0, +) / Double(values.count)
    }
    if let figure = command.figure, !crops.isEmpty {
      try drawFigure(to: figure)
      Terminal.note("figure: \(figure)")
    }
    if results.count > 1 {
      tell(
        Result(
          name: "mean of \(results.count) photos", output: command.out, width: 0, height: 0,
          seconds: seconds / Double(results.count), metrics: metrics))
    }
    Terminal.note("written: \(command.out)")
    if command.json {
      var values: [String: JSONLine.Value] = [
        "in": .text(command.input), "out": .text(command.out), "run": .text(command.source.run),
        "metrics": .numbers(metrics), "pictures": .integer(results.count),
        "passed_over": .integer(passedOver + refusals.count), "pixels": .integer(pixels),
        "seconds": .number(seconds),
        "megapixels_per_second": .number(Double(pixels) / 1e6 / max(seconds, 1e-9)),
        "files": .objects(results.map(Self.values(of:))),
      ]
      if let bytes = PeakMemory.bytes { values["peak_memory_bytes"] = .integer(bytes) }
      try Terminal.result(JSONLine.text(values))
    }
    if let first = refusals.first {
      throw HourglassError(
        .badData,
        "\(refusals.count) of \(results.count + refusals.count) photos could not be cleaned; the first: \(first.message)"
      )
    }
  }

  private static func values(of result: Result) -> [String: JSONLine.Value] {
    var values: [String: JSONLine.Value] = [
      "in": .text(result.name), "out": .text(result.output), "width": .integer(result.width),
      "height": .integer(result.height), "seconds": .number(result.seconds),
      "metrics": .numbers(result.metrics),
    ]
    if let noise = result.noise { values["estimated_noise"] = .number(noise) }
    if let verdict = verdict(result.metrics) { values["verdict"] = .text(verdict) }
    return values
  }
}
