import Foundation
import HourglassBase
import HourglassFiles
import HourglassNN

/// The epochs of a run as `history.csv` has them.
package enum RunHistory {
  private static let header = "epoch,train_loss,validation_loss,learning_rate,seconds"
  /// A million epochs, the most that a recipe can have, take less.
  private static let largestFile = 256 << 20

  /// The text of the file.
  static func text(_ history: [EpochRecord]) -> String {
    let rows = history.map { record in
      let validation = record.validationLoss.map { "\($0)" } ?? ""
      return "\(record.epoch),\(record.trainLoss),\(validation),\(record.learningRate),\(record.seconds)"
    }
    return ([header] + rows).joined(separator: "\n") + "\n"
  }

  /// What a run folder's file holds; nothing before the first epoch.
  ///
  /// - Throws: `HourglassError`: badData with the line that no run writes, environment when the file cannot be read.
  package static func read(_ folder: RunFolder) throws -> [EpochRecord] {
    let path = folder.history
    guard try FileEntry.exists(path) else { return [] }
    let bytes = try BoundedFile.read(path, limit: largestFile)
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
    // Behind the last line.
    if lines.last?.isEmpty ?? false { lines.removeLast() }
    guard lines.popFirst().map({ $0.elementsEqual(header.utf8) }) ?? false else {
      throw complaint(path, line: 1)
    }
    return try lines.enumerated().map { index, line in
      guard let record = record(String(decoding: line, as: UTF8.self)) else {
        throw complaint(path, line: index + 2)
      }
      return record
    }
  }

  private static func record(_ line: String) -> EpochRecord? {
    let cells = line.parts(at: ",")
    guard cells.count == 5, let epoch = Int(cells[0]), 1...1_000_000 ~= epoch,
      let loss = number(cells[1]), let rate = number(cells[3]), let seconds = number(cells[4])
    else { return nil }
    let validation = number(cells[2])
    guard validation != nil || cells[2].isEmpty else { return nil }
    return EpochRecord(
      epoch: epoch, trainLoss: loss, validationLoss: validation, learningRate: rate, seconds: seconds)
  }

  private static func number(_ text: String) -> Double? {
    guard let value = Double(text), value.isFinite else { return nil }
    return value
  }

  private static func complaint(_ path: String, line: Int) -> HourglassError {
    HourglassError(
      .badData, "\(path) is damaged (line \(line) is none that a run writes)",
      .text("delete it and resume the run, which writes it anew"))
  }
}
