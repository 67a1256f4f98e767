import HourglassData
import HourglassEngine
import HourglassGraph
import HourglassNN

/// The pictures of a run.
struct RunFigures {
  struct Figure {
    var file: String
    var title: String
    var caption: String
    var picture: Picture
  }

  var all: [Figure] = []

  /// - Parameter samples: the first ones are drawn.
  init(_ trained: TrainedModel, data: SampleArray, samples: [UInt32]) throws {
    guard trained.model.inputShape.rank == 3 else { return }
    let chosen = Array(samples.prefix(50))
    let pass = try trained.pass(over: data, indices: chosen)
    let shape = trained.model.inputShape
    func pictures(_ samples: SampleArray, _ count: Int) throws -> [Picture] {
      try (0..<min(count, samples.count)).map { try Picture(samples: samples.sample($0), shape: shape) }
    }
    let originals = try chosen.prefix(10).map { try Picture(samples: data.sample(Int($0)), shape: shape) }
    let shown = try pictures(pass.shown, 10)
    let rebuilt = try pictures(pass.reconstruction, 10)
    let isCorrupted = shown != originals
    let sheet = ContactSheet(
      rows: isCorrupted ? [shown, rebuilt, originals] : [originals, rebuilt],
      labels: isCorrupted ? ["noisy", "cleaned", "original"] : ["original", "rebuilt"])
    all.append(
      Figure(
        file: "reconstructions.png", title: "Reconstructions",
        caption: isCorrupted
          ? "The first ten validation samples: what the model sees, what it makes of it, and the original."
          : "The first ten validation samples, and what the model makes of them.",
        picture: try sheet.composed()))
    guard isCorrupted else { return }
    let noisy = try pictures(pass.shown, 50)
    let rows = stride(from: 0, to: noisy.count, by: 10).map { Array(noisy[$0..<min($0 + 10, noisy.count)]) }
    all.append(
      Figure(
        file: "noisy.png", title: "Noisy samples", caption: "The first fifty samples as the model sees them.",
        picture: try ContactSheet(rows: rows).composed()))
  }
}
