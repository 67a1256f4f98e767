import HourglassData
import HourglassEngine
import HourglassGraph
import HourglassNN

/// The pictures of a run.
struct RunFigures {
  /// Samples side by side.
  struct Figure {
    /// The name of its file in the run's folder.
    var file: String
    var title: String
    var caption: String
    /// What it shows, for those who cannot see it.
    var description: String
    /// Samples of one size, row by row.
    var rows: [[Picture]]
    /// One for each row; none where the rows just go on.
    var labels: [String]
    /// All rows on one sheet.
    var picture: Picture

    init(
      file: String, title: String, caption: String, description: String, rows: [[Picture]],
      labels: [String] = []
    ) throws {
      self.file = file
      self.title = title
      self.caption = caption
      self.description = description
      self.rows = rows
      self.labels = labels
      picture = try ContactSheet(rows: rows, labels: labels).composed()
    }
  }

  /// Samples that are compared with their reconstructions, one a column.
  private static let compared = 10
  /// Corrupted samples that are shown.
  private static let corrupted = 50

  var all: [Figure] = []

  /// - Parameter samples: the first ones are drawn, if they are grey or colour images.
  init(_ trained: TrainedModel, data: SampleArray, samples: [UInt32]) throws {
    let shape = trained.model.inputShape
    guard shape.rank == 3, shape[0] == 1 || shape[0] == 3, !samples.isEmpty else { return }
    let chosen = Array(samples.prefix(Self.corrupted))
    let pass = try trained.pass(over: data, indices: chosen)
    func pictures(_ samples: SampleArray, _ rows: Range<Int>) throws -> [Picture] {
      try rows.map { try Picture(samples: samples.sample($0), shape: shape) }
    }
    let first = 0..<min(Self.compared, chosen.count)
    let originals = try chosen[first].map { try Picture(samples: data.sample(Int($0)), shape: shape) }
    let shown = try pictures(pass.shown, first)
    let rebuilt = try pictures(pass.reconstruction, first)
    guard shown != originals else {
      all = [
        try Figure(
          file: "reconstructions.png", title: "Reconstructions",
          caption: "Each original above what the model rebuilds from its code.",
          description: "\(first.count) images in two rows: the originals, and their reconstructions.",
          rows: [originals, rebuilt], labels: ["original", "rebuilt"])
      ]
      return
    }
    let starts = stride(from: 0, to: chosen.count, by: Self.compared)
    all = [
      try Figure(
        file: "reconstructions.png", title: "Noisy, cleaned, original",
        caption: "The model sees only the noisy image; cleaned is what it makes of it.",
        description: "\(first.count) images in three rows: noisy, cleaned, and the originals.",
        rows: [shown, rebuilt, originals], labels: ["noisy", "cleaned", "original"]),
      try Figure(
        file: "noisy.png", title: "What the model is given",
        caption: "The first \(chosen.count) images with the noise they have when the model is measured.",
        description: "\(chosen.count) images with noise.",
        rows: try starts.map { try pictures(pass.shown, $0..<min($0 + Self.compared, chosen.count)) }),
    ]
  }
}
