import HourglassBase
import HourglassData
import HourglassFiles
import HourglassGraph
import HourglassModels
import HourglassPictures

extension AnomalyDetector {
  private static let format = "hourglass detector 1"
  /// With relations between columns, odd pairs, an identifier or the rows of the references. Who knows only the first would
  /// find less in silence.
  private static let secondFormat = "hourglass detector 2"
  /// With references that are points of a `JoinedSpace` instead of codes, and tails.
  private static let thirdFormat = "hourglass detector 3"
  /// Of images, with references that are points of an `EdgeSpace` instead of codes; of tables, with another combination of parts
  /// than the smooth maximum.
  private static let fourthFormat = "hourglass detector 4"
  /// Of tables, where the nearest of the references does not count beyond the mean over several; of any combination.
  private static let fifthFormat = "hourglass detector 5"
  private static let prefix = "detector."

  /// Writes a `.safetensors` file with all that scoring needs: the autoencoder, how rows are encoded, training samples to
  /// compare others with, what residuals are usual, and the threshold. An older file is replaced only when the new one is complete.
  ///
  /// - Throws: `HourglassError` (environment) when the place cannot be written.
  public func write(to path: String) throws {
    var file = try model.safeTensors()
    file.metadata["format"] = format
    file.metadata["detector"] = try json.text()
    let features = residualDistance.mean.count
    let isWhole = residualDistance.whitening.count == features * features
    func add(_ name: String, _ shape: Shape, _ values: [Float]) {
      file.tensors.append(SafeTensors.Tensor(name: Self.prefix + name, shape: shape, values: values))
    }
    let references = neighbourDistance.points
    add("references", [references.count, references.shape.count], references.floats)
    add("residual_mean", [features], residualDistance.mean)
    add("residual_whitening", isWhole ? [features, features] : [features], residualDistance.whitening)
    add("residual_squares", [features], residualSquares)
    if !referenceRows.isEmpty {
      // Two numbers each, since one of 32 bits holds no more than 24 of a row's number.
      add(
        "reference_rows", [referenceRows.count, 2],
        referenceRows.flatMap { [Float($0 / Self.rowBase), Float($0 % Self.rowBase)] })
    }
    if case .table(let encoding) = input, let expectation = encoding.expectation {
      add("cell_mean", [features], expectation.mean)
      add("cell_precision", [features, features], expectation.precision)
    }
    // What could not be read again must not be written.
    _ = try Self.read(file, path: path)
    try file.sealed().write(to: path)
  }

  private static let rowBase: UInt32 = 65_536

  private var format: String {
    switch neighbourDistance.space {
    case .codes: isOfFirstFormat ? Self.format : Self.secondFormat
    case .joined:
      neighbourDistance.nearestShare == 0
        ? Self.fifthFormat : combination == .maximum ? Self.thirdFormat : Self.fourthFormat
    case .edges: Self.fourthFormat
    }
  }

  /// Images with codes have nothing that the first format does not hold. Tables are written in the first two only when they were
  /// read so.
  var isOfFirstFormat: Bool {
    guard case .table(let encoding) = input else { return true }
    guard case .codes = neighbourDistance.space else { return false }
    return encoding.relations.isEmpty && encoding.oddPairs.pairs.isEmpty && identifier == nil
      && referenceRows.isEmpty
  }

  /// Reads a file that `write(to:)` made. Nothing in it is run or trusted.
  ///
  /// - Throws: `HourglassError` (badData) when the file is malformed, holds no detector, or a bit of it is another than
  ///   was written.
  public static func read(path: String) throws -> AnomalyDetector {
    let file = try SafeTensors.read(path: path)
    let detector = try read(file, path: path)
    try file.checkSeal(source: path)
    return detector
  }

  /// Whether a `.safetensors` file says that it holds a detector.
  ///
  /// - Throws: `HourglassError` when it cannot be read, or is malformed.
  package static func isDetector(path: String) throws -> Bool {
    try SafeTensors.read(path: path).metadata["format"].map(formats.contains) ?? false
  }

  private static let formats: Set<String> = [
    format, secondFormat, thirdFormat, fourthFormat, fifthFormat,
  ]

  private static func read(_ file: SafeTensors, path: String) throws -> AnomalyDetector {
    var file = file
    func complain(_ what: String) -> HourglassError {
      HourglassError(.badData, "\(path) \(what)", .make(.detector))
    }
    guard let format = file.metadata["format"], formats.contains(format), let text = file.metadata["detector"]
    else {
      throw complain("holds no anomaly detector")
    }
    let json = try JSONValue.parse(Array(text.utf8), source: "\(path), metadata \"detector\"")
    let own = Dictionary(
      file.tensors.filter { $0.name.hasPrefix(prefix) }.map { ($0.name, $0) },
      uniquingKeysWith: { first, _ in first })
    file.tensors.removeAll { $0.name.hasPrefix(prefix) }
    let model = try TrainedModel.read(file, path: path, format: format)
    let features = model.model.inputShape.count
    let code = try model.model.codeShape
    func tensor(_ name: String, _ fits: (Shape) -> Bool) throws -> SafeTensors.Tensor {
      guard let tensor = own[prefix + name], fits(tensor.shape) else {
        throw complain(
          "lacks the tensor \"\(prefix)\(name)\", or has it in another shape than the model needs")
      }
      guard tensor.isFinite, tensor.values.allSatisfy({ abs($0) <= 1e15 }) else {
        throw complain("has a value out of range in \"\(prefix)\(name)\"")
      }
      return tensor
    }
    let isOfEdges = format == fourthFormat && json["table"] == nil
    guard !isOfEdges || model.model.input.isImage else {
      throw complain("is said to take images, but its model does not")
    }
    // An older program would read a third format's as the smooth maximum.
    guard
      format == fifthFormat || (json["combination"] != nil) == (format == fourthFormat && !isOfEdges)
    else {
      throw complain("has a combination of scores in its metadata that its format does not go with")
    }
    guard
      let space = NeighbourDistance.Space(
        json: json, isJoined: [thirdFormat, fourthFormat, fifthFormat].contains(format) && !isOfEdges,
        images: isOfEdges ? model.model.inputShape : nil)
    else {
      throw complain(
        "lacks the scales of what rows are compared with in its metadata, or has them out of range")
    }
    let width = NeighbourDistance.width(space, features: features, code: code.count)
    let references = try tensor("references") { $0.rank == 2 && $0[0] > 0 && $0[1] == width }
    let whitening = try tensor("residual_whitening") {
      $0 == [features] || features <= ResidualDistance.largestWhole && $0 == [features, features]
    }
    var expectation: ConditionalMean?
    if own[prefix + "cell_mean"] != nil, features <= ConditionalMean.largest {
      expectation = ConditionalMean(
        mean: try tensor("cell_mean") { $0 == [features] }.values,
        precision: try tensor("cell_precision") { $0 == [features, features] }.values)
    }
    var referenceRows: [UInt32] = []
    if own[prefix + "reference_rows"] != nil {
      let pairs = try tensor("reference_rows") { $0 == [references.shape[0], 2] }.values
      guard pairs.allSatisfy({ 0..<Float(rowBase) ~= $0 && $0 == $0.rounded() }) else {
        throw complain("has a value out of range in \"\(prefix)reference_rows\"")
      }
      referenceRows = stride(from: 0, to: pairs.count, by: 2).map {
        UInt32(pairs[$0]) * rowBase + UInt32(pairs[$0 + 1])
      }
    }
    guard
      var detector = AnomalyDetector(
        json: json, model: model, expectation: expectation,
        space: space, nearestShare: format == fifthFormat ? 0 : 0.5,
        references: SampleArray(
          trustedFloats: references.values, count: references.shape[0], shape: [width]),
        residualDistance: ResidualDistance(
          mean: try tensor("residual_mean") { $0 == [features] }.values, whitening: whitening.values),
        residualSquares: try tensor("residual_squares") { $0 == [features] }.values)
    else { throw complain("has a damaged description of the detector in its metadata") }
    detector.referenceRows = referenceRows
    if case .table(let encoding) = detector.input, encoding.featureCount != features {
      throw complain("encodes rows as \(encoding.featureCount) numbers, but its model takes \(features)")
    }
    if case .images = detector.input, !model.model.input.isImage {
      throw complain("is said to take images, but its model does not")
    }
    return detector
  }
}
