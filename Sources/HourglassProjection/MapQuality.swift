import HourglassBase
import HourglassEngine

/// How far the neighbours in a map can be trusted (Venna & Kaski, "Neighborhood preservation in nonlinear projection
/// methods", 2001): 1 when every sample's nearest neighbours in the map are its nearest in the data; each that is not
/// costs as many ranks as it lies behind there. It is found on threads of its own, not on Swift's cooperative pool.
///
/// Equal distances count so that the order of the samples does not matter: a rank in the data is one more than the number
/// of strictly nearer samples, as in competitions; of samples on the map that are as near as the last neighbour each
/// costs the share of its ranks with which it would be among the neighbours if they were drawn, which is the measure's
/// expected value over all orders.
///
/// - Parameters:
///   - map: samples of any shape, one for each of `samples`.
///   - neighbours: of each sample that are looked at; less than half the samples.
///   - threads: workers; all cores when nil. The result does not depend on it.
///   - progress: told now and then, on the working thread, of how many samples the neighbours in the map are known, then
///     those neighbours' ranks in the data; what it throws ends the work.
/// - Throws: `HourglassError`: usage when the counts do not fit, badData when a value is not finite, or the samples' largest is below 1e-18 and
///   not 0; `CancellationError` when the task is cancelled; what `progress` throws.
public func trustworthiness(
  of map: SampleArray, for samples: SampleArray, neighbours: Int = 5, threads: Int? = nil,
  progress: @escaping @Sendable (WorkProgress) throws -> Void = { _ in }
) async throws -> Double {
  try await onOwnThread(telling: progress) { tell in
    try trustworthiness(of: map, for: samples, neighbours: neighbours, threads: threads, progress: tell)
  }
}

/// As the public one, on the calling thread and its helpers.
package func trustworthiness(
  of map: SampleArray, for samples: SampleArray, neighbours: Int = 5, threads: Int? = nil,
  progress: WorkProgress.Report = { _ in }
) throws -> Double {
  let machine = try VectorMachine(threads: threads)
  guard map.count == samples.count else {
    throw HourglassError(
      .usage,
      "A map of \(map.count) samples cannot be compared with \(samples.count) samples; give one point for each."
    )
  }
  guard neighbours >= 1, 2 * neighbours < samples.count else {
    throw HourglassError(
      .usage,
      "Trustworthiness takes 1 or more neighbours, less than half the samples, not \(neighbours) of \(samples.count); "
        + "choose another number.")
  }
  // Ranks count from 0 here, so the neighbours in the data have those below `neighbours`.
  func excess(_ rank: Int) -> Int { max(0, rank + 1 - neighbours) }
  let points = try PointMatrix(samples)
  try points.checkMagnitude()
  var penalty = SharedSum()
  // The neighbours on the map, where it is clear which they are.
  var near = [UInt32](repeating: 0, count: map.count * neighbours)
  var isClear = [Bool](repeating: true, count: map.count)
  func tell(_ done: Int) throws {
    try progress(WorkProgress("neighbours", done: done, of: map.count, "samples"))
  }
  try machine.nearestGroups(of: PointMatrix(map), count: neighbours, progress: tell) { sample, group in
    guard group.places < group.tied.count else {
      for (place, neighbour) in (group.nearer + group.tied).enumerated() {
        near[sample * neighbours + place] = neighbour
      }
      return
    }
    isClear[sample] = false
    let ranks = machine.ranks(of: sample, among: points)
    penalty.add(group) { excess(ranks[Int($0)]) }
  }
  let ranks = try machine.ranks(among: points, of: near, width: neighbours) {
    try progress(WorkProgress("ranks", done: $0, of: samples.count, "samples"))
  }
  for (place, rank) in ranks.enumerated() where isClear[place / neighbours] { penalty.add(excess(Int(rank))) }
  let (n, k) = (Double(samples.count), Double(neighbours))
  return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * penalty.value
}

/// The share of samples whose class is the one that most of their nearest other samples have; of classes that are
/// equally frequent there the lowest counts, as in scikit-learn. Where more samples are as near as the last neighbour than
/// there are places left, each of them has the same part of a vote, so that their order does not matter. It is found on threads of its own, not on Swift's
/// cooperative pool.
///
/// - Parameters:
///   - samples: of any shape, such as codes or a map.
///   - labels: the class of each sample.
///   - neighbours: of each sample that vote.
///   - threads: workers; all cores when nil. The result does not depend on it.
///   - progress: told now and then, on the working thread, of how many samples the neighbours are known; what it throws
///     ends the work.
/// - Throws: `HourglassError`: usage when the counts do not fit, badData when a value is not finite; `CancellationError`
///   when the task is cancelled; what `progress` throws.
public func neighbourAccuracy(
  of samples: SampleArray, labels: [UInt8], neighbours: Int = 10, threads: Int? = nil,
  progress: @escaping @Sendable (WorkProgress) throws -> Void = { _ in }
) async throws -> Double {
  try await onOwnThread(telling: progress) { tell in
    try neighbourAccuracy(
      of: samples, labels: labels, neighbours: neighbours, threads: threads, progress: tell)
  }
}

/// As the public one, on the calling thread and its helpers.
package func neighbourAccuracy(
  of samples: SampleArray, labels: [UInt8], neighbours: Int = 10, threads: Int? = nil,
  progress: WorkProgress.Report = { _ in }
) throws -> Double {
  guard labels.count == samples.count else {
    throw HourglassError(
      .usage, "\(samples.count) samples cannot have \(labels.count) labels; give one label for each.")
  }
  let machine = try VectorMachine(threads: threads)
  let points = try PointMatrix(samples)
  try NearestNeighbours.check(neighbours, of: points.count)
  var correct = 0
  func tell(_ done: Int) throws {
    try progress(WorkProgress("neighbours", done: done, of: points.count, "samples"))
  }
  try machine.nearestGroups(of: points, count: neighbours, progress: tell) { sample, group in
    if winner(group, labels) == labels[sample] { correct += 1 }
  }
  return Double(correct) / Double(samples.count)
}

/// The share of new samples whose class is the one that most of their nearest old samples have; otherwise as
/// `neighbourAccuracy(of:labels:)`.
///
/// - Parameters:
///   - new: of the old samples' shape.
///   - newLabels: the class of each of them.
///   - old: the samples that vote, at least as many as `neighbours`.
///   - progress: told as there, of new samples.
/// - Throws: `HourglassError`: usage when the counts do not fit, badData when a value is not finite; `CancellationError`
///   when the task is cancelled; what `progress` throws.
public func neighbourAccuracy(
  of new: SampleArray, labels newLabels: [UInt8], among old: SampleArray, labels: [UInt8],
  neighbours: Int = 10, threads: Int? = nil,
  progress: @escaping @Sendable (WorkProgress) throws -> Void = { _ in }
) async throws -> Double {
  try await onOwnThread(telling: progress) { tell in
    try neighbourAccuracy(
      of: new, labels: newLabels, among: old, labels: labels, neighbours: neighbours, threads: threads,
      progress: tell)
  }
}

/// As the public one, on the calling thread and its helpers.
package func neighbourAccuracy(
  of new: SampleArray, labels newLabels: [UInt8], among old: SampleArray, labels: [UInt8],
  neighbours: Int = 10, threads: Int? = nil, progress: WorkProgress.Report = { _ in }
) throws -> Double {
  guard newLabels.count == new.count, labels.count == old.count else {
    throw HourglassError(
      .usage,
      "\(new.count) new and \(old.count) old samples cannot have \(newLabels.count) and \(labels.count) labels; give one "
        + "label for each.")
  }
  var correct = 0
  try ExactSearch(old).nearestGroups(to: new, count: neighbours, threads: threads, progress: progress) {
    sample, group in
    if winner(group, labels) == newLabels[sample] { correct += 1 }
  }
  return Double(correct) / Double(max(new.count, 1))
}

/// The label that most have; of equally frequent ones the lowest. Votes are counted in parts of one, as many as there
/// are tied neighbours.
private func winner(_ group: NearestGroup, _ labels: [UInt8]) -> UInt8 {
  var votes = [Int](repeating: 0, count: 256)
  for neighbour in group.nearer { votes[Int(labels[Int(neighbour)])] += group.tied.count }
  for neighbour in group.tied { votes[Int(labels[Int(neighbour)])] += group.places }
  return UInt8(votes.firstIndex(of: votes.max() ?? 0) ?? 0)
}

extension SampleArray {
  /// Points of the plane as samples of shape `[2]`.
  public init(positions: [SIMD2<Float>]) {
    self.init(trustedFloats: positions.flatMap { [$0.x, $0.y] }, count: positions.count, shape: [2])
  }
}
