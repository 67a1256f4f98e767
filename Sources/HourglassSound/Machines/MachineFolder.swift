import HourglassBase
import HourglassFiles

/// Recordings of machines, as many as an experiment needs, as files in folders: `0dB/rotor/normal/unit0-source-0000.wav`, and
/// `anomaly` beside `normal`.
public struct MachineFolder: Sendable {
  public var kinds = MachineKind.allCases
  /// How much louder the machine is than the hall, in dB.
  public var advantages: [Int] = [6, 0, -6]
  /// Machines of each kind.
  public var units = 3
  /// Recordings of each kind of machine when it is well, and when it is not.
  public var normal = 150
  public var anomalous = 60
  /// Of each recording.
  public var seconds = 6.0
  public var seed: UInt64 = 1

  public init() {}

  /// One in so many recordings is of the target domain.
  private static let targets = 8

  /// Writes all recordings; files of the same names are replaced.
  ///
  /// - Parameters:
  ///   - folder: made when missing.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Returns: how many were written.
  /// - Throws: `HourglassError`: usage for counts below 1 or seconds out of range; environment when a file cannot be written.
  package func write(to folder: String, progress: WorkProgress.Report) throws -> Int {
    guard 1...1000 ~= units, 1...100_000 ~= normal, 0...100_000 ~= anomalous, !kinds.isEmpty,
      !advantages.isEmpty
    else {
      throw HourglassError(
        .usage,
        "Recordings of \(units) machines, \(normal) normal and \(anomalous) anomalous, cannot be made; give 1 to 1,000 machines "
          + "and up to 100,000 recordings")
    }
    var recordings: [(path: String, recording: MachineRecording)] = []
    for advantage in advantages {
      for kind in kinds {
        for isNormal in [true, false] {
          let place = "\(folder)/\(advantage)dB/\(kind.rawValue)/\(isNormal ? "normal" : "anomaly")"
          try Folder(place).create()
          for index in 0..<(isNormal ? normal : anomalous) {
            let (unit, number) = (index % units, index / units)
            let domain: MachineDomain = number % Self.targets == Self.targets - 1 ? .target : .source
            let fault = isNormal ? nil : kind.faults[number % kind.faults.count]
            let words = ["unit\(unit)", domain.rawValue, fault?.rawValue].compactMap(\.self)
            let digits = "\(number)"
            let name = (words + [String(repeating: "0", count: max(4 - digits.count, 0)) + digits])
              .joined(separator: "-")
            recordings.append(
              (
                "\(place)/\(name).wav",
                MachineRecording(
                  kind, unit: unit, fault: fault, domain: domain, advantage: Double(advantage),
                  number: number)
              ))
          }
        }
      }
    }
    let atOnce = 64
    for start in stride(from: 0, to: recordings.count, by: atOnce) {
      let some = Array(recordings[start..<min(start + atOnce, recordings.count)])
      try concurrently(some.count) { index in
        try some[index].recording.sound(seconds: seconds, seed: seed).write(to: some[index].path)
      }
      try progress(WorkProgress("recording", done: start + some.count, of: recordings.count, "recordings"))
    }
    return recordings.count
  }

  /// Writes all recordings on a thread of its own; otherwise as the package's form.
  ///
  /// - Parameters:
  ///   - folder: made when missing.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Returns: how many were written.
  public func write(
    to folder: String, progress: @escaping @Sendable (WorkProgress) throws -> Void = { _ in }
  ) async throws -> Int {
    try await onOwnThread(telling: progress) { tell in try write(to: folder, progress: tell) }
  }
}
