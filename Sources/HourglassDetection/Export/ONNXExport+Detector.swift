import HourglassBase
import HourglassMessages
import HourglassModels
import HourglassONNX

extension ONNXExport {
  /// A detector as a whole: how cells or pixels are read, the network, all that a score is made of, and the threshold.
  ///
  /// Of a table each column that is looked at is an input of its name, `[batch, 1]`: numbers of 64 bits, NaN where a cell is missing;
  /// texts, empty where one is; times as seconds since 1970 of the clock on the wall. Images are the input `input`, in the
  /// units of the fit. The outputs are `score` of 64 bits and `is_alert`, `[batch]` each, as `AnomalyDetector.score` gives
  /// them, and what the autoencoder expects: `expected_COLUMN` for each column, `expected` of images. Where a column has the name of
  /// an output, this one has a line behind it.
  ///
  /// ```swift
  /// let export = try ONNXExport(AnomalyDetector.read(path: "runs/machines/model.safetensors"))
  /// try export.write(to: "detector.onnx")
  /// ```
  ///
  /// - Parameters:
  ///   - hasChannelsLast: whether images are `[height, width, channels]` in the file.
  ///   - name: what the detector is called, such as its run.
  /// - Throws: `HourglassError`: usage when a layer computes what ONNX has no operator for, or rounding would decide which
  ///   samples are alerts; environment when there is no memory for a copy of all numbers.
  public init(
    _ detector: AnomalyDetector, hasChannelsLast: Bool = false, name: String = "detector"
  ) throws(HourglassError) {
    let numbers =
      detector.neighbourDistance.points.floats.count
      + detector.model.parameters.entries.reduce(0) { $0 + $1.count }
    // References lie in tables of tails, too; all of it once as numbers, once as bytes of tensors, once as those of the file.
    try MemoryBudget.process.admit(
      MemoryBudget.product(48, numbers), for: "An ONNX file of \(grouped(numbers)) numbers")
    let facts = [
      ("hourglass.detector", name), ("hourglass.scoring", detector.scoring.rawValue),
      ("hourglass.threshold", "\(detector.threshold.value)"),
      ("hourglass.weights_sha256", detector.model.weightsDigest),
    ]
    switch detector.input {
    case .table(let encoding):
      let ports = DetectorPorts(encoding)
      var translation = DetectorTranslation(detector, reserved: ports.names)
      try translation.translateTable(encoding, ports)
      self.init(
        translation.graph, name: name, inputs: ports.inputs, outputs: ports.outputs, facts: facts)
    case .images:
      let ports = ImagePorts(detector.model, hasChannelsLast: hasChannelsLast)
      var translation = DetectorTranslation(detector, reserved: ports.names)
      try translation.translateImages(ports, hasChannelsLast: hasChannelsLast)
      self.init(
        translation.graph, name: name, inputs: [ports.input], outputs: ports.outputs, facts: facts)
    }
  }
}

/// What the file of a detector of images takes and gives.
private struct ImagePorts {
  let input: GraphPort
  let expected: GraphPort
  let scores: [GraphPort]

  init(_ model: TrainedModel, hasChannelsLast: Bool) {
    let extents = PortNames(hasChannelsLast: hasChannelsLast, isFree: false).sample(model.model.inputShape)
    let unit = "numbers are \(model.unit)"
    input = GraphPort(name: "input", extents: extents, meaning: "images; \(unit)")
    expected = GraphPort(
      name: "expected", extents: extents, meaning: "what the autoencoder makes of each image; \(unit)")
    scores = DetectorPorts.scores("score", "is_alert", of: "image")
  }

  var outputs: [GraphPort] { scores + [expected] }
  var names: Set<String> { Set(([input] + outputs).map(\.name)) }
}

extension DetectorTranslation {
  fileprivate mutating func translateTable(
    _ encoding: TableEncoding, _ ports: DetectorPorts
  ) throws(HourglassError) {
    let rows = rows(encoding)
    let sample = try filled(rows, encoding)
    writer.scope = "rows"
    let pass = try pass(sample)
    let isMissing = op("Greater", rows.gaps, writer.number(0))
    let residuals = op("Where", isMissing, writer.number(0), op("Sub", pass.shown, pass.reconstruction))
    let whitened = try whitened(residuals, gaps: rows.gaps)
    let points =
      if case .joined(let space) = detector.neighbourDistance.space {
        joined(pass.shown, whitened, in: space)
      } else {
        pass.code
      }
    let own = try value(Evidence(whitened: whitened, gaps: rows.gaps, points: points))
    let (value, isBroken) = raised(own, rows, encoding)
    let isOther = departures(encoding)
    writer.scope = "score"
    let score = op("Where", rows.isUnknowable, writer.double(.nan), value)
    let alert = alert(score, or: [isBroken, isOther])
    give(score: (score, ports.score), alert: (alert, ports.alert))
    giveExpected(pass.reconstruction, encoding, ports)
  }

  fileprivate mutating func translateImages(
    _ ports: ImagePorts, hasChannelsLast: Bool
  ) throws(HourglassError) {
    var borders = SampleBorders(
      writer: writer, scale: detector.model.byteWorth, isTurned: hasChannelsLast, step: 1)
    let sample = borders.enter(ports.input.name)
    writer = borders.writer
    let pass = try pass(sample)
    let differences = op("Sub", pass.shown, pass.reconstruction)
    let residuals = writer.add("Flatten", [differences], .integer("axis", 1))
    let whitened = try whitened(residuals, gaps: nil)
    let points =
      if case .edges(let space) = detector.neighbourDistance.space {
        edges(of: pass.shown, in: space)
      } else {
        pass.code
      }
    let score = try value(Evidence(whitened: whitened, gaps: nil, points: points))
    let alert = alert(score, or: [])
    give(score: (score, ports.scores[0].name), alert: (alert, ports.scores[1].name))
    writer.scope = "expected"
    borders.writer = writer
    let expected = borders.leave(pass.reconstruction)
    writer = borders.writer
    give(expected, as: ports.expected.name)
  }
}
