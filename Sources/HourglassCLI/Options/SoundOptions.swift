import ArgumentParser
import Hourglass

extension SoundNetwork: ExpressibleByArgument {}
extension SoundScore: ExpressibleByArgument {}

/// What is said of a detector of sounds.
struct SoundOptions: ParsableArguments {
  @Option(
    help:
      "Of recordings: dense, the known baseline of five frames, or convolutional, of longer stretches; the latter if not given."
  )
  var network: SoundNetwork?

  @Option(
    help: ArgumentHelp(
      "Of recordings: how a recording's score comes of its frames' errors: their mean, the percentile that a tenth exceed, mahalanobis, or selective, the smaller of two domains'; if not given, mean with dense and mahalanobis with convolutional.",
      valueName: "score"))
  var soundScore: SoundScore?

  /// Whether anything of it is given.
  var isGiven: Bool { network != nil || soundScore != nil }

  /// Whether `--data` names recordings rather than images.
  static func areSounds(_ data: String?) throws -> Bool {
    guard let data, try Folder(data).exists else { return false }
    return (try? SoundFolder(data)) != nil
  }
}
