import HourglassData
import HourglassEngine
import HourglassGraph
import HourglassNN

/// The frequencies of every channel of a quantised code, which a model's file holds beside its weights.
public struct CodeTables: Sendable, Equatable {
  /// One for each channel of an image, or each number of a vector.
  public let channels: [FrequencyTable]

  public init(_ channels: [FrequencyTable]) { self.channels = channels }

  /// Values further from 0 are counted together.
  private static let largestCounted = 1000
  /// The learnt distribution counts as much as so many samples: it decides about values that hardly occur.
  private static let densityWeight = 4.0

  /// Counts the values that a model's code takes on samples.
  ///
  /// - Parameters:
  ///   - model: its encoder ends with `QuantizedCode`.
  ///   - indices: which samples, usually those it was trained on; at least one.
  /// - Throws: `HourglassError` (usage) when the model has no such code or the samples' shape is not its own.
  init(
    of model: TrainedModel, over data: SampleArray, indices: [UInt32], threads: Int? = nil
  ) throws {
    let layer = try model.quantizedCode()
    let shape = try model.model.codeShape
    let places = layer.places(shape)
    let channelCount = shape.count / places
    let width = 2 * Self.largestCounted + 1
    var counts = [Int](repeating: 0, count: channelCount * width)
    var others = [Int](repeating: 0, count: channelCount)
    let pass = try CodePass(model, over: data, threads: threads)
    try pass.run(indices) { values in
      for (index, value) in values.enumerated() {
        let channel = index / places
        if abs(value) <= Self.largestCounted {
          counts[channel * width + value + Self.largestCounted] += 1
        } else {
          others[channel] += 1
        }
      }
    }
    let scope = model.model.encoder.scope(model.model.encoder.layers.count - 1)
    let locations = model.parameters.read("\(scope).location")
    let logWidths = model.parameters.read("\(scope).log_width")
    var channels: [FrequencyTable] = []
    for channel in 0..<channelCount {
      let (middle, width) = QuantizedCodeInGraph.distribution(
        location: Double(locations[channel]), logWidth: Double(logWidths[channel]))
      let start = channel * (2 * Self.largestCounted + 1)
      func below(_ x: Double) -> Double { UnaryFunction.sigmoid.value((x - middle) / width) }
      channels.append(
        try FrequencyTable(
          counts: Array(counts[start..<start + 2 * Self.largestCounted + 1]), first: -Self.largestCounted,
          others: others[channel], density: { below(Double($0) + 0.5) - below(Double($0) - 0.5) },
          weight: Self.densityWeight))
    }
    self.init(channels)
  }

  // MARK: - In a model's file

  /// A list for each channel: the least value, then the frequencies.
  var json: JSONValue {
    .array(channels.map { .array([.int($0.least)] + $0.frequencies.map { .int(Int($0)) }) })
  }

  /// - Parameter shape: of the code whose tables they are to be.
  init(_ json: JSONValue, model: Autoencoder) throws(HourglassError) {
    func refusal(_ what: String) -> HourglassError {
      HourglassError(.badData, "The tables of frequencies \(what); use a model that hourglass wrote.")
    }
    guard let layer = model.encoder.layers.last as? QuantizedCode else {
      throw refusal("belong to a model whose code is not quantised")
    }
    guard let lists = json.arrayValue else { throw refusal("are no list") }
    let shape = try model.codeShape
    let expected = shape.count / layer.places(shape)
    guard lists.count == expected else {
      throw refusal("are of \(lists.count) channels, but the code has \(expected)")
    }
    var channels: [FrequencyTable] = []
    for list in lists {
      let numbers = list.arrayValue?.compactMap(\.intValue) ?? []
      guard numbers.count == list.arrayValue?.count, let least = numbers.first else {
        throw refusal("hold something else than whole numbers")
      }
      let frequencies = numbers.dropFirst().compactMap { UInt32(exactly: $0) }
      guard frequencies.count == numbers.count - 1 else { throw refusal("hold a frequency out of range") }
      channels.append(try FrequencyTable(least: least, frequencies: frequencies))
    }
    self.init(channels)
  }
}

extension QuantizedCode {
  /// How many neighbouring numbers of a code share a distribution.
  func places(_ shape: Shape) -> Int { shape.rank == 3 ? shape[1] * shape[2] : 1 }
}

extension TrainedModel {
  /// - Throws: `HourglassError` (usage) when the model's code is not one of whole numbers.
  func quantizedCode() throws(HourglassError) -> QuantizedCode {
    guard let layer = model.encoder.layers.last as? QuantizedCode else {
      throw HourglassError(
        .usage,
        "The model was trained for \(type(of: objective).kind), and its code is not one of whole numbers; train "
          + "image-compression, or a recipe whose encoder ends with quantized_code, to compress files.")
    }
    return layer
  }

  /// The model with tables for its code, where its code takes some; itself otherwise.
  func withCodeTables(
    countedOver data: SampleArray, indices: [UInt32], threads: Int?
  ) throws -> TrainedModel {
    guard model.encoder.layers.last is QuantizedCode else { return self }
    var model = self
    model.codeTables = try CodeTables(of: self, over: data, indices: indices, threads: threads)
    return model
  }
}

/// Codes of samples as whole numbers.
struct CodePass {
  private let pass: ForwardPass
  private let step: Float
  private let size: Int

  init(_ model: TrainedModel, over data: SampleArray, threads: Int?) throws {
    let builder = GraphBuilder()
    let half = ModelInGraph(model: model.model, context: LayerContext(builder: builder, isTraining: false))
    builder.output("code", half.encode(builder.input("x", shape: model.model.inputShape)))
    pass = try ForwardPass(
      builder.graph, over: data, parameters: model.parameters, seed: model.seed, threads: threads)
    step = Float(try model.quantizedCode().step)
    size = try model.model.codeShape.count
  }

  /// Calls `body` with the code of each of these samples in turn.
  func run(_ indices: [UInt32], _ body: (_ values: [Int]) throws -> Void) throws {
    for start in stride(from: 0, to: indices.count, by: pass.batchSize) {
      let batch = indices[start..<min(start + pass.batchSize, indices.count)]
      pass.run(batch)
      try pass.withOutput("code") { codes in
        for row in 0..<batch.count {
          try body(
            codes[row * size..<(row + 1) * size].map { number in
              let value = (number / step).rounded()
              let limit = Float(FrequencyTable.largestValue)
              // The comparison also turns away what is not a number.
              return value.magnitude <= limit
                ? Int(value) : value > 0 ? Int(limit) : value < 0 ? -Int(limit) : 0
            })
        }
      }
    }
  }
}
