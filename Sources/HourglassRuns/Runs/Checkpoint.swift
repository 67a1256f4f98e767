import Foundation
import HourglassBase
import HourglassEngine
import HourglassFiles
import HourglassNN

/// What a run needs to go on with the same bits: parameters, optimizer state, place in the epoch.
///
/// A checkpoint is a file of tensors under a name of its own and a manifest that names it with its SHA-256. The
/// manifest is replaced last, in one step, so that whatever moment a process dies at, the manifest names a
/// complete file. An older one is removed only when both were read back.
struct Checkpoint {
  /// The JSON beside the tensors.
  struct Manifest: Codable {
    var format: Int
    var file: String
    var sha256: String
    /// Of the recipe as run.
    var recipe: String
    /// Of the training samples.
    var data: String
    var state: TrainingState
    /// SHA-256 of the state as this program writes it.
    var stateSHA256: String
  }

  private static func digest(_ state: TrainingState) throws -> String {
    sha256Hex(try Array(encoder.encode(state)))
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    return encoder
  }

  var manifest: Manifest
  var tensors: SafeTensors

  private static let format = 2
  private static let largestManifest = 64 << 20

  private static func manifestPath(_ folder: RunFolder) -> String { "\(folder.checkpoint)/manifest.json" }

  /// - Throws: `HourglassError`: notFinite, with the checkpoint there left as it is, when a weight is not finite;
  ///   environment when the disk refuses, or gives back something else than was written; the checkpoint there is then left
  ///   as it is.
  static func write(_ trainer: Trainer, recipe: String, data: String, to folder: RunFolder) throws {
    let file = tensors(trainer.parameters, best: trainer.best)
    // A weight can overflow in an update whose gradient was finite.
    if let spoiled = file.tensors.first(where: { !$0.isFinite }) {
      let layer = spoiled.name.split(separator: "/")[1].split(separator: ".").dropLast().joined(
        separator: ".")
      let what = spoiled.name.hasPrefix("values/") ? "weights" : "moments that the optimizer keeps"
      throw HourglassError.notFinite("the \(what) of layer \(layer) are not finite", trainer.state)
    }
    let bytes = try file.serialized()
    let name = try freeName("\(trainer.state.updates)-\(trainer.state.epoch)", in: folder)
    let place = "\(folder.checkpoint)/\(name)"
    try AtomicFile.write(bytes, to: place)
    let manifest = try Manifest(
      format: format, file: name, sha256: sha256Hex(bytes), recipe: recipe, data: data, state: trainer.state,
      stateSHA256: digest(trainer.state))
    try checkIsWritten(place, manifest.sha256)
    let text = try Array(encoder.encode(manifest))
    try AtomicFile.write(text, to: manifestPath(folder))
    try checkIsWritten(manifestPath(folder), sha256Hex(text))
    removeOthers(than: name, in: folder)
  }

  /// A name that no file has: where a run goes on and ends before its next step, the checkpoint that is there has the same numbers, and must
  /// stay until the manifest names the new one.
  private static func freeName(_ numbers: String, in folder: RunFolder) throws -> String {
    var name = "\(numbers).safetensors"
    var attempt = 1
    while try FileEntry.exists("\(folder.checkpoint)/\(name)") {
      attempt += 1
      name = "\(numbers)-\(attempt).safetensors"
    }
    return name
  }

  /// Parameters, optimizer state, and the best weights where early stopping keeps them.
  static func tensors(_ parameters: ParameterStore, best: [String: [Float]]) -> SafeTensors {
    var file = SafeTensors(metadata: [:], tensors: [])
    for (array, prefix) in prefixes {
      for entry in parameters.entries {
        file.tensors.append(
          .init(
            name: "\(prefix)/\(entry.name)", shape: entry.shape, values: parameters.read(entry.name, array)))
      }
    }
    for entry in parameters.entries {
      if let values = best[entry.name] {
        file.tensors.append(.init(name: "best/\(entry.name)", shape: entry.shape, values: values))
      }
    }
    return file
  }

  /// - Throws: `HourglassError` (environment) when a file does not read back as it was written.
  private static func checkIsWritten(_ path: String, _ digest: String) throws {
    guard try sha256Hex(file: path) == digest else {
      throw HourglassError(
        .environment,
        "\(path) does not read back as it was written, and the checkpoint before it is kept; check the disk")
    }
  }

  private static let prefixes: [(ParameterStore.Array, String)] = [
    (.values, "values"), (.firstState, "first"), (.secondState, "second"),
  ]

  /// Old checkpoints, and what a killed process left half-written.
  private static func removeOthers(than name: String, in folder: RunFolder) {
    // What cannot be listed stays.
    for file in (try? FileEntry.names(in: folder.checkpoint)) ?? []
    where file != name && isCheckpoint(file) {
      FileEntry.discard("\(folder.checkpoint)/\(file)")
    }
  }

  /// Whether a name is one that `write` gives: two numbers or three, as `120-2.safetensors`. Others are not ours to remove.
  private static func isCheckpoint(_ file: String) -> Bool {
    guard file.ends(with: ".safetensors") else { return false }
    let numbers = file.dropLast(".safetensors".count).split(separator: "-", omittingEmptySubsequences: false)
    return 2...3 ~= numbers.count
      && numbers.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isASCII) && Int($0) != nil }
  }

  /// The folder's checkpoint; nil when none was completed yet. Removes the files of others once it is read.
  ///
  /// - Throws: `HourglassError`: badData when it is damaged, environment when it cannot be read; it stays as it is.
  static func read(_ folder: RunFolder) throws -> Checkpoint? {
    guard let manifest = try manifest(folder) else { return nil }
    let file = "\(folder.checkpoint)/\(manifest.file)"
    guard try FileEntry.exists(file) else {
      throw complaint(
        "The checkpoint's manifest \(manifestPath(folder)) names \(manifest.file), which is not there", folder
      )
    }
    let bytes = try BoundedFile.read(file, limit: SafeTensors.Limits.fileSize)
    guard sha256Hex(bytes) == manifest.sha256 else {
      throw complaint("The checkpoint \(file) does not have the SHA-256 that its manifest says", folder)
    }
    let checkpoint = Checkpoint(manifest: manifest, tensors: try SafeTensors.parse(bytes, source: file))
    removeOthers(than: manifest.file, in: folder)
    return checkpoint
  }

  private static func complaint(_ what: String, _ folder: RunFolder) -> HourglassError {
    HourglassError(
      .badData, "\(what); delete the folder \(folder.checkpoint) to train from the beginning.")
  }

  /// The manifest of the folder's checkpoint; nil when none was completed yet. It changes nothing.
  ///
  /// - Throws: as `read`.
  static func manifest(_ folder: RunFolder) throws -> Manifest? {
    let path = manifestPath(folder)
    guard try FileEntry.exists(path) else {
      try refuseLostManifest(folder)
      return nil
    }
    let manifest: Manifest
    do {
      let bytes = try BoundedFile.read(path, limit: largestManifest)
      manifest = try JSONDecoder().decode(Manifest.self, from: Data(bytes))
    } catch let error as HourglassError {
      throw error
    } catch {
      throw complaint("The checkpoint's manifest \(path) is damaged", folder)
    }
    guard manifest.format == format, isCheckpoint(manifest.file), manifest.state.isPlausible,
      try digest(manifest.state) == manifest.stateSHA256
    else {
      throw complaint("The checkpoint's manifest \(path) has values that no run writes", folder)
    }
    return manifest
  }

  /// A process that dies before its first manifest leaves tensors at most. Where a history lies beside them, which is
  /// written after a manifest, the manifest was lost, and to begin anew would cost the epochs that were done.
  private static func refuseLostManifest(_ folder: RunFolder) throws {
    guard let tensors = try (FileEntry.names(in: folder.checkpoint) ?? []).last(where: isCheckpoint),
      try FileEntry.exists(folder.history)
    else { return }
    throw HourglassError(
      .badData,
      "\(folder.checkpoint) holds \(tensors), and \(folder.history) tells of epochs that were done, but the manifest "
        + "\(manifestPath(folder)), without which a run cannot go on, is not there",
      .text("put it back"), .text("delete the folder \(folder.checkpoint) to train from the beginning"))
  }

  /// Puts parameters and optimizer state back.
  ///
  /// - Returns: the best weights, where early stopping keeps them.
  static func restore(
    _ tensors: SafeTensors, to parameters: ParameterStore, folder: RunFolder
  ) throws -> [String: [Float]] {
    let found = Dictionary(
      tensors.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for (array, prefix) in prefixes {
      for entry in parameters.entries {
        guard let tensor = found["\(prefix)/\(entry.name)"], tensor.shape == entry.shape else {
          throw HourglassError(
            .badData,
            "The checkpoint in \(folder.checkpoint) lacks \(prefix)/\(entry.name) of shape \(entry.shape); delete "
              + "that folder to train from the beginning.")
        }
        parameters.write(entry.name, tensor.values, array)
      }
    }
    var best: [String: [Float]] = [:]
    for entry in parameters.entries {
      if let tensor = found["best/\(entry.name)"], tensor.shape == entry.shape {
        best[entry.name] = tensor.values
      }
    }
    return best
  }
}

extension RunFolder {
  /// SHA-256 of the samples that the run trains on; nil before its first checkpoint.
  ///
  /// - Throws: `HourglassError`: badData when the checkpoint is damaged, environment when it cannot be read.
  package var dataDigest: String? { get throws { try Checkpoint.manifest(self)?.data } }
}

extension TrainingState {
  /// Numbers that a run can have; a manifest is a file like any other.
  fileprivate var isPlausible: Bool {
    let counts = [batch, updates, lossSamples, plateauWait, bestEpoch] + history.map(\.epoch)
    let numbers = [lossSum, epochSeconds, plateauFactor] + history.flatMap { [$0.trainLoss, $0.seconds] }
    return 0...1_000_000 ~= epoch && history.count == epoch && counts.allSatisfy { 0...0xffff_ffff ~= $0 }
      && numbers.allSatisfy(\.isFinite)
  }
}
