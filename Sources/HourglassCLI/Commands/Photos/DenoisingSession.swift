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
  private let damage: PhotoDamage
  /// What the model is told of each photo; nil for one that is not told.
  private let level: Double?
  private var refusals: [HourglassError] = []
  private var figure: DenoisingFigure

  init(_ command: DenoiseCommand, _ denoiser: PhotoDenoiser) {
    self.command = command
    self.denoiser = denoiser
    damage = command.blur != nil ? .blur : command.noise != nil ? .noise : denoiser.damage
    level = Self.level(command, denoiser)
    figure = DenoisingFigure(
      damage: damage, comparesFilters: command.compare, hasOriginal: command.isTrial || command.clean != nil)
    if let mismatch = command.blur.flatMap(denoiser.mismatch(blur:)) { Terminal.note("\(mismatch).") }
    if let level {
      let text = { ReportText.significant($0) }
      let (told, unit) = (text(level), denoiser.damage.unit)
      Terminal.note(
        command.level == nil && !command.isTrial
          ? "Photos are taken to have \(denoiser.damage) of deviation \(told) (\(unit)); --level says another, "
            + "\(denoiser.levels.map { "\(text($0.lowerBound)) to \(text($0.upperBound))" } ?? told); too much \(denoiser.damage.excess)."
          : "The model is told of \(denoiser.damage) of deviation \(told) (\(unit)).")
    }
  }

  /// In a trial the model is told what the simple filters are told, or what of it is nearest to what it learnt.
  private static func level(_ command: DenoiseCommand, _ denoiser: PhotoDenoiser) -> Double? {
    guard let levels = denoiser.levels else { return nil }
    let damage = denoiser.damage == .blur ? command.blur : command.noise
    let own = damage.map { min(max($0, levels.lowerBound), levels.upperBound) }
    return command.level ?? own ?? denoiser.usualLevel
  }

  /// One photo of a folder: one that is damaged or cannot be opened does not end the work on the others.
  ///
  /// - Parameter outputName: of what is made of it, within the folder of results.
  func tryRun(_ name: String, in tree: PictureTree, outputName: String) throws {
    let output = command.out.file.companion("\(Folder(command.out.path).path)/\(outputName)")
    var given = ["\(tree.folder)/\(name)"]
    do {
      let original = try command.clean.map { try PictureTree.original(of: name, in: $0) }
      if let original { given.append(original) }
      try Self.makeFolder(of: output.path)
      try run(name, input: given[0], output: output, original: original)
      if outputName != name {
        Terminal.note("\(name): written as \(outputName), since files of its kind are not written")
      }
    } catch let error as HourglassError {
      let isFault = try given.contains { try BrokenFiles.isFault(of: $0, error) }
      guard isFault || error.code == .usage else { throw error }
      Terminal.note("\(name): passed over, since \(ErrorWording.sentence(error))")
      refusals.append(error)
    }
  }

  private static func makeFolder(of file: String) throws {
    try Folder(URL(filePath: file).deletingLastPathComponent().path).create()
  }

  /// - Parameter name: what messages and results call the photo.
  func run(_ name: String, input: String, output: OutputFile, original path: String?) throws {
    let given = try Picture.read(path: input)
    var original = try path.map { try Picture.read(path: $0) }
    var spoilt = given
    if command.isTrial { original = given }
    if let blur = command.blur {
      spoilt = try spoilt.blurred(deviation: blur, threads: command.threads.count)
    }
    if let noise = command.noise {
      spoilt = try spoilt.noisy(
        deviation: noise, seed: UInt64(command.seed.number), threads: command.threads.count)
    }
    let bar = ProgressBar()
    let (shown, pixels) = (name.count <= 30 ? name : "..." + name.suffix(27), spoilt.width * spoilt.height)
    let trial = try DenoisingTrial(
      of: spoilt, damage: damage, blur: command.blur, level: level, original: original,
      comparesFilters: command.compare, by: denoiser
    ) {
      // In pixels, whatever the size of the tiles.
      let done = pixels * $0.done / max($0.total ?? 1, 1)
      try bar.report(WorkProgress(shown, done: done, of: pixels, "pixels"))
    }
    try output.write { try trial.mended.write(to: $0) }
    if command.figure.path != nil { figure.add(trial.pictures) }
    let result = Result(
      name: name, output: output.path, width: spoilt.width, height: spoilt.height, seconds: trial.seconds,
      metrics: trial.metrics, noise: spoilt.estimatedNoise)
    results.append(result)
    tell(result)
  }

  // MARK: - What is told

  private func tell(_ result: Result) {
    let size = result.width > 0 ? "\(result.width) x \(result.height) pixels, " : ""
    var parts = ["\(result.name): \(size)\(ReportText.fixed(result.seconds, 2)) s"]
    for (name, digits, unit) in [("psnr", 2, " dB"), ("ssim", 4, "")] {
      guard let after = result.metrics[name], let before = result.metrics["\(name)_\(damage.spoilt)"] else {
        continue
      }
      let filters = damage.filters.compactMap { filter in
        result.metrics["\(name)_\(filter.metric)"].map {
          ", \(filter.metric) \(ReportText.fixed($0, digits))"
        }
      }
      parts.append(
        "\(name) \(ReportText.fixed(after, digits))\(unit) (\(damage.spoilt) \(ReportText.fixed(before, digits))\(filters.joined()))"
      )
    }
    Terminal.note(parts.joined(separator: "  "))
    if let verdict = DenoisingTrial.verdict(result.metrics, damage) { Terminal.note(verdict) }
    if let noise = result.noise, let mismatch = denoiser.mismatch(noise: noise) {
      Terminal.note(
        "\(mismatch); one for other noise is trained with --set \(denoiser.setting(noise: noise).shellWord)."
      )
    }
  }

  /// Means over the photos, the figure, the line of JSON.
  ///
  /// - Throws: `HourglassError` (badData) when photos were passed over because they could not be used.
  func conclude(passedOver: Int) throws {
    let seconds = results.map(\.seconds).reduce(0, +)
    let pixels = results.map { $0.width * $0.height }.reduce(0, +)
    let metrics = DenoisingTrial.means(results.map(\.metrics))
    if let file = command.figure.file, !figure.isEmpty {
      let drawn = try figure.drawn()
      try file.write { try drawn.write(to: $0) }
      Terminal.note("figure: \(file.path)")
    }
    if results.count > 1 {
      tell(
        Result(
          name: "mean of \(results.count) photos", output: command.out.path, width: 0, height: 0,
          seconds: seconds / Double(results.count), metrics: metrics))
    }
    Terminal.note("written: \(command.out.path)")
    if command.json.isAsked {
      var values: [String: JSONLine.Value] = [
        "in": .text(command.input), "out": .text(command.out.path), "run": .text(command.source.run),
        "metrics": .numbers(metrics), "pictures": .integer(results.count),
        "passed_over": .integer(passedOver + refusals.count), "pixels": .integer(pixels),
        "seconds": .number(seconds),
        "megapixels_per_second": .number(Double(pixels) / 1e6 / max(seconds, 1e-9)),
        "files": .objects(results.map(values(of:))),
      ]
      if let level { values["level"] = .number(level) }
      if let bytes = PeakMemory.bytes { values["peak_memory_bytes"] = .integer(bytes) }
      try Terminal.result(JSONLine.text(values))
    }
    if let first = refusals.first {
      throw HourglassError(
        .badData,
        "\(refusals.count) of \(results.count + refusals.count) photos could not be \(denoiser.damage == .blur ? "sharpened" : "cleaned"); the first: \(first.fact)",
        remedies: first.remedies
      )
    }
  }

  private func values(of result: Result) -> [String: JSONLine.Value] {
    var values: [String: JSONLine.Value] = [
      "in": .text(result.name), "out": .text(result.output), "width": .integer(result.width),
      "height": .integer(result.height), "seconds": .number(result.seconds),
      "metrics": .numbers(result.metrics),
    ]
    if let noise = result.noise { values["estimated_noise"] = .number(noise) }
    if let verdict = DenoisingTrial.verdict(result.metrics, damage) { values["verdict"] = .text(verdict) }
    return values
  }
}
