import HourglassBase
import HourglassDrawing
import HourglassModels
import HourglassPictures

/// The pictures of a run.
package struct RunFigures {
  /// Samples that are compared with their reconstructions, one a column.
  private static let compared = 10
  /// Corrupted samples that are shown.
  private static let corrupted = 50

  package var all: [Figure] = []

  /// - Parameter samples: the first ones are drawn, if they are grey or colour images.
  package init(_ trained: TrainedModel, data: any SampleSource, samples: [UInt32]) throws {
    let shape = trained.model.inputShape
    guard trained.model.input.isPicture, !samples.isEmpty else { return }
    let chosen = Array(samples.prefix(Self.corrupted))
    let pass = try trained.pass(over: data, indices: chosen)
    func pictures(_ samples: SampleArray, _ rows: Range<Int>) throws -> [Picture] {
      try rows.map { try Picture(samples: samples.sample($0), shape: shape) }
    }
    let first = 0..<min(Self.compared, chosen.count)
    let originals = try chosen[first].map { try Picture(samples: data.numbers(of: Int($0)), shape: shape) }
    let shown = try pictures(pass.shown, first)
    let rebuilt = try pictures(pass.reconstruction, first)
    if shown == originals {
      all = [
        try Figure(
          file: "reconstructions.png", title: "Reconstructions",
          caption: "Each original above what the model rebuilds from its code.",
          description: "\(first.count) images in two rows: the originals, and their reconstructions.",
          rows: [originals, rebuilt], labels: ["original", "rebuilt"])
      ]
    } else {
      let words = Words(trained.objective)
      all = [
        try Figure(
          file: "reconstructions.png", title: "\(words.title), original",
          caption: "The model sees only the \(words.spoilt) image; \(words.mended) is what it makes of it.",
          description:
            "\(first.count) images in three rows: \(words.spoilt), \(words.mended), and the originals.",
          rows: [shown, rebuilt, originals], labels: [words.spoilt, words.mended, "original"]),
        try Figure(
          file: "\(words.spoilt).png", title: "What the model is given",
          caption: "The first \(chosen.count) images as the model sees them when it is measured.",
          description: "\(chosen.count) \(words.spoilt) images.",
          rows: try Self.wrapped(chosen.count) { try pictures(pass.shown, $0) }),
      ]
    }
    if trained.objective.traits.hasNormalCodes {
      all += try Self.generated(trained, ends: chosen, data: data)
    }
  }

  /// What a corruption does, and what undoes it.
  private struct Words {
    var spoilt = "noisy"
    var mended = "cleaned"
    var title: String { "\(spoilt.prefix(1).uppercased() + spoilt.dropFirst()), \(mended)" }

    init(_ objective: any Objective) {
      if objective.traits.corruption?.process.blurDeviations != nil {
        (spoilt, mended) = ("blurred", "restored")
      }
    }
  }

  /// Rows of ten.
  private static func wrapped(
    _ count: Int, _ row: (Range<Int>) throws -> [Picture]
  ) rethrows -> [[Picture]] {
    try stride(from: 0, to: count, by: compared).map { try row($0..<min($0 + compared, count)) }
  }

  /// What a variational model makes of codes that nobody encoded.
  private static func generated(
    _ trained: TrainedModel, ends: [UInt32], data: any SampleSource
  ) throws -> [Figure] {
    func rows(_ samples: SampleArray, of length: Int) throws -> [[Picture]] {
      let pictures = try (0..<samples.count).map {
        try Picture(samples: samples.sample($0), shape: samples.shape)
      }
      return stride(from: 0, to: pictures.count, by: length).map {
        Array(pictures[$0..<min($0 + length, pictures.count)])
      }
    }
    let side = 8
    var figures = [
      try Figure(
        file: "samples.png", title: "Samples",
        caption: "Codes drawn from the standard normal distribution, decoded: images that never were.",
        description: "\(side * side) generated images.",
        rows: try rows(trained.generate(side * side, seed: trained.seed), of: side))
    ]
    if try trained.model.codeShape.count == 2 {
      let side = 15
      figures.append(
        try Figure(
          file: "code-grid.png", title: "The plane of codes",
          caption:
            "One code unit rises to the right, the other downwards, in steps that hold equal shares of the "
            + "distribution.",
          description: "\(side * side) generated images over the plane of codes.",
          rows: try rows(trained.codeGrid(side: side), of: side)))
    }
    if ends.count >= 2 {
      let pair = try SampleArray(
        trustedFloats: data.numbers(of: Int(ends[0])) + data.numbers(of: Int(ends[1])), count: 2,
        shape: data.shape)
      let paths = try CodePath.allCases.map { path in
        try rows(trained.interpolate(between: pair, steps: compared, path: path), of: compared)[0]
      }
      figures.append(
        try Figure(
          file: "interpolation.png", title: "From one image to another",
          caption: "What lies between the codes of two images, on a straight line and on a great circle.",
          description: "Two rows of \(compared) images that change from one into another.",
          rows: paths, labels: CodePath.allCases.map(\.rawValue)))
    }
    return figures
  }
}
