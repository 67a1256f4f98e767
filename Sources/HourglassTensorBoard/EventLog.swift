import Foundation
import HourglassBase
import HourglassFiles
import HourglassMessages

/// The file of events of one run, which TensorBoard reads while it grows.
///
/// A run has one file, also when it is broken off and goes on: what its checkpoint does not know yet, and half a record at the
/// end, is cut off, and the curves go on in the same file.
package final class EventLog {
  private let file: AppendedFile
  /// The last step of what was there before; nil in a new log.
  package let lastStep: Int?

  private static let prefix = "events.out.tfevents."
  private static let largestFile = 16 << 30

  /// - Parameters:
  ///   - folder: of the run's events, made when missing.
  ///   - owner: whose events they are, such as the path of the run's folder.
  ///   - step: later events of a log that is there are cut off.
  /// - Throws: `HourglassError`: usage when the folder has events of somebody else, environment when it cannot be written or
  ///   the log does not fit into memory.
  package init(in folder: String, of owner: String, upTo step: Int) throws {
    try Folder(folder).create()
    // TensorBoard goes by the beginning of the name, and reads files in the order of names.
    let name = "\(Self.prefix)0000000001.hourglass-\(sha256Hex(Array(owner.utf8)).prefix(12))"
    if let other = try (FileEntry.names(in: folder) ?? []).first(where: {
      $0.begins(with: Self.prefix) && $0 != name
    }) {
      throw HourglassError(
        .usage, "\(folder) holds events of another run, \(shortened(other)), with which these would mix",
        .choose(.tensorBoard))
    }
    let path = "\(folder)/\(name)"
    var kept = 0
    var last: Int?
    if try FileEntry.exists(path) {
      for (contents, end) in EventRecords.contents(of: try BoundedFile.read(path, limit: Self.largestFile)) {
        guard let event = try? TensorBoardEvent(decoding: Array(contents), source: path),
          event.step <= Int64(step)
        else { break }
        kept = end
        last = max(last ?? 0, Int(event.step))
      }
    }
    // A new run has nothing to go on with.
    if step == 0 { (kept, last) = (0, nil) }
    lastStep = last
    file = try AppendedFile(path, keeping: kept)
    if kept == 0 {
      try append(.with { $0.fileVersion = "brain.Event:2" })
    }
  }

  /// - Parameter values: of the same step.
  /// - Throws: `HourglassError` (environment) when the disk is full or fails.
  package func append(_ values: [EventValue], step: Int) throws {
    guard !values.isEmpty else { return }
    try append(
      .with { event in
        event.step = Int64(step)
        event.summary = .with { $0.value = values.map(\.message) }
      })
  }

  private func append(_ event: TensorBoardEvent) throws {
    var event = event
    event.wallTime = Date.now.timeIntervalSince1970
    try file.append(EventRecords.record(event.encoded()))
  }
}

extension HourglassError.Argument {
  /// The folder that TensorBoard reads.
  package static let tensorBoard = HourglassError.Argument("folder for TensorBoard")
}
