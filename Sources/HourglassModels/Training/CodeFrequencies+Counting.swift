import Dispatch
import HourglassBase
import HourglassGraph
import HourglassNN

// How tables come about, once after training. Here numbers may be floats: what comes out is whole, and is stored.

/// What codes take in bits by tables, for choosing among kinds.
package struct CodeCosts {
  private let places: Int
  private let size: Int
  private let kindCosts: [Float]
  /// Of each kind and channel, where its costs begin, its least value and how many values it has.
  private let entries: [(start: Int, least: Int, count: Int)]
  private let costs: [Float]

  package init(_ tables: CodeFrequencies, places: Int) {
    self.places = places
    size = tables.channels[0].count * places
    kindCosts = tables.kinds.costs
    var (entries, costs) = ([(start: Int, least: Int, count: Int)](), [Float]())
    for table in tables.channels.joined() {
      entries.append((costs.count, table.least, table.frequencies.count - 1))
      costs += table.costs
    }
    (self.entries, self.costs) = (entries, costs)
  }

  /// The kind by whose tables these values take the fewest bits; of equal ones the first.
  package func cheapestKind<Values: RandomAccessCollection>(of values: Values) -> Int
  where Values.Element: BinaryInteger {
    let channels = size / places
    return costs.withUnsafeBufferPointer { costs in
      var best = (kind: 0, bits: Float.infinity)
      for kind in 0..<entries.count / channels {
        var bits = kindCosts[kind]
        var index = 0
        for value in values {
          let entry = entries[kind * channels + index / places]
          let place = Int(value) - entry.least
          if place >= 0 && place < entry.count {
            bits += costs[entry.start + place]
          } else {
            // The escape, its side, and about twice the bits of the distance.
            let distance = place < 0 ? -place : place - entry.count + 1
            bits += costs[entry.start + entry.count] + 5 + Float(Int.bitWidth - distance.leadingZeroBitCount)
          }
          index += 1
        }
        if bits < best.bits { best = (kind, bits) }
      }
      return best.kind
    }
  }
}

extension CodeFrequencies {
  /// Values further from 0 are counted together.
  private static let largestCounted = 255
  /// The learnt distribution counts as much as so many samples: it decides about values that hardly occur.
  private static let densityWeight = 4.0
  /// Within a kind, all samples' frequencies count as much as so many of its own.
  private static let commonWeight = 20.0
  private static let mostKinds = 32
  /// Rounds that first divide samples by the means of kinds, and then by their tables.
  private static let (roundsOfMeans, roundsOfTables) = (8, 6)
  /// Samples that a kind needs on average, so that its tables say more than chance.
  private static let samplesOfKind = 500
  /// Numbers that are kept of all codes at most: 2^27.
  private static let mostNumbers = 134_217_728

  /// Counts the values that a model's code takes on samples.
  ///
  /// - Parameters:
  ///   - model: its encoder ends with `QuantizedCode`.
  ///   - indices: which samples, usually those it was trained on; at least one.
  ///   - progress: told after each batch, then after each round in which kinds are told apart; what it throws ends the work.
  /// - Throws: `HourglassError` (usage) when the model has no such code or the samples' shape is not its own.
  init(
    of model: TrainedModel, over data: any SampleSource, indices: [UInt32], threads: Int? = nil,
    progress: WorkProgress.Report = { _ in }
  ) throws {
    _ = try model.codeStep()
    let shape = try model.model.codeShape
    let places = shape.placesOfChannel
    let kept = Array(indices.prefix(max(1, Self.mostNumbers / shape.count)))
    let limit = Self.largestCounted + 1
    var values: [Int16] = []
    values.reserveCapacity(kept.count * shape.count)
    func reportCounted(_ done: Int) throws {
      try progress(WorkProgress("counting codes", done: done, of: kept.count, "samples"))
    }
    try CodePass(model, over: data, threads: threads).run(kept, progress: reportCounted) { code in
      values += code.map { Int16(Swift.min(Swift.max($0, -limit), limit)) }
    }
    let codes = CountedCodes(values: values, size: shape.count, places: places)
    let scope = model.model.encoder.scope(model.model.encoder.layers.count - 1)
    let locations = model.parameters.read("\(scope).location")
    let logWidths = model.parameters.read("\(scope).log_width")
    let all = [Int](repeating: 0, count: codes.count)
    let common = try Self.tables(codes, kinds: all, of: 0, weight: Self.densityWeight) { channel, value in
      let (middle, width) = QuantizedCodeInGraph.distribution(
        location: Double(locations[channel]), logWidth: Double(logWidths[channel]))
      func below(_ x: Double) -> Double { UnaryFunction.sigmoid.value((x - middle) / width) }
      return below(Double(value) + 0.5) - below(Double(value) - 0.5)
    }
    let count = Swift.min(Self.mostKinds, Swift.max(1, codes.count / Self.samplesOfKind))
    guard count > 1 else {
      self.init(kinds: try Self.kindTable(all, count: 1), channels: [common])
      return
    }
    var random = RandomNumbers(seed: model.seed, purpose: .sampling)
    func reportRound(_ round: Int) throws {
      let rounds = Self.roundsOfMeans + Self.roundsOfTables
      try progress(WorkProgress("kinds of codes", done: round, of: rounds, "rounds"))
    }
    var kinds = try codes.nearestKinds(count: count, rounds: Self.roundsOfMeans, random: &random, reportRound)
    var tables = try Self.tables(codes, kinds: kinds, count: count, common: common)
    // Each sample goes to the kind whose tables make it shortest, and the tables follow.
    for round in 1...Self.roundsOfTables {
      let costs = CodeCosts(tables, places: places)
      kinds = codes.mapped { costs.cheapestKind(of: $0) }
      tables = try Self.tables(codes, kinds: kinds, count: count, common: common)
      try reportRound(Self.roundsOfMeans + round)
    }
    self = tables
  }

  private static func kindTable(_ kinds: [Int], count: Int) throws -> FrequencyTable {
    // None may be too rare for the table.
    var counts = [Int](repeating: 1 + kinds.count / 4096, count: count)
    for kind in kinds { counts[kind] += 1 }
    return try FrequencyTable(counts: counts, first: 0, others: 0, density: { _ in 1 }, weight: 1)
  }

  private static func tables(
    _ codes: CountedCodes, kinds: [Int], count: Int, common: [FrequencyTable]
  ) throws -> CodeFrequencies {
    let channels = try (0..<count).map { kind in
      try tables(codes, kinds: kinds, of: kind, weight: commonWeight) { channel, value in
        let table = common[channel]
        let place = value - table.least
        guard place >= 0 && place < table.frequencies.count - 1 else { return 0 }
        return Double(table.frequencies[place]) / Double(FrequencyTable.total)
      }
    }
    return CodeFrequencies(kinds: try kindTable(kinds, count: count), channels: channels)
  }

  /// The tables of one kind.
  private static func tables(
    _ codes: CountedCodes, kinds: [Int], of kind: Int, weight: Double,
    density: (_ channel: Int, _ value: Int) -> Double
  ) throws -> [FrequencyTable] {
    let width = 2 * largestCounted + 1
    let channelCount = codes.size / codes.places
    var counts = [Int](repeating: 0, count: channelCount * width)
    var others = [Int](repeating: 0, count: channelCount)
    for sample in 0..<codes.count where kinds[sample] == kind {
      for (index, value) in codes.code(sample).enumerated() {
        let channel = index / codes.places
        if abs(Int(value)) <= largestCounted {
          counts[channel * width + Int(value) + largestCounted] += 1
        } else {
          others[channel] += 1
        }
      }
    }
    return try (0..<channelCount).map { channel in
      try FrequencyTable(
        counts: Array(counts[channel * width..<(channel + 1) * width]), first: -largestCounted,
        others: others[channel], density: { density(channel, $0) }, weight: weight)
    }
  }
}

/// Codes of many samples, one after another.
private struct CountedCodes {
  let values: [Int16]
  let size: Int
  let places: Int

  var count: Int { values.count / size }
  func code(_ sample: Int) -> ArraySlice<Int16> { values[sample * size..<(sample + 1) * size] }

  /// What `body` makes of each code, on all cores.
  func mapped(_ body: @Sendable (ArraySlice<Int16>) -> Int) -> [Int] {
    let piece = 256
    return [Int](unsafeUninitializedCapacity: count) { results, filled in
      // Each piece writes to a place of its own.
      nonisolated(unsafe) let target = results
      DispatchQueue.concurrentPerform(iterations: (count + piece - 1) / piece) { index in
        for sample in index * piece..<Swift.min((index + 1) * piece, count) {
          target.initializeElement(at: sample, to: body(code(sample)))
        }
      }
      filled = count
    }
  }

  /// Numbers of a code that a first division looks at.
  private static let numbersCompared = 24

  /// A first division: the nearest of `count` means (Lloyd's iteration) in the numbers that vary most.
  ///
  /// - Parameter report: told after each round how many are done; what it throws ends the work.
  func nearestKinds(
    count kinds: Int, rounds: Int, random: inout RandomNumbers, _ report: (Int) throws -> Void
  ) rethrows -> [Int] {
    var (sums, squares) = ([Double](repeating: 0, count: size), [Double](repeating: 0, count: size))
    for sample in 0..<count {
      for (index, value) in code(sample).enumerated() {
        sums[index] += Double(value)
        squares[index] += Double(value) * Double(value)
      }
    }
    let variances = sums.indices.map { squares[$0] - sums[$0] * sums[$0] / Double(count) }
    let chosen = Array(
      sums.indices.sorted { (variances[$0], $1) > (variances[$1], $0) }.prefix(Self.numbersCompared))
    func compared(_ code: ArraySlice<Int16>) -> [Float] { chosen.map { Float(code[code.startIndex + $0]) } }
    var means = (0..<kinds).map { _ in compared(code(random.index(below: count))) }
    var nearest: [Int] = []
    for round in 1...rounds {
      let current = means
      nearest = mapped { code in
        let point = chosen.map { Float(code[code.startIndex + $0]) }
        var best = (kind: 0, distance: Float.infinity)
        for (kind, mean) in current.enumerated() {
          var distance: Float = 0
          for (a, b) in zip(point, mean) { distance += (a - b) * (a - b) }
          if distance < best.distance { best = (kind, distance) }
        }
        return best.kind
      }
      var totals = [[Float]](repeating: Array(repeating: 0, count: chosen.count), count: kinds)
      var counts = [Float](repeating: 0, count: kinds)
      for sample in 0..<count {
        let kind = nearest[sample]
        counts[kind] += 1
        for (place, number) in compared(code(sample)).enumerated() { totals[kind][place] += number }
      }
      for kind in 0..<kinds where counts[kind] > 0 { means[kind] = totals[kind].map { $0 / counts[kind] } }
      try report(round)
    }
    return nearest
  }
}
