import HourglassBase
import HourglassData
import HourglassEngine
import HourglassModels
import HourglassONNX

/// Runs samples through a detector's exported file and through the detector.
package struct DetectorVerification {
  let detector: AnomalyDetector
  let session: ONNXSession
  /// Whether images are `[height, width, channels]` in the file.
  let hasChannelsLast: Bool
  package private(set) var result: ExportVerification

  /// Neither takes much memory for so many.
  private static let samplesAtOnce = 1024

  /// - Parameter file: that was exported of the detector.
  /// - Throws: `HourglassError` (environment) when ONNX Runtime cannot read it.
  package init(
    _ detector: AnomalyDetector, file: String, hasChannelsLast: Bool, runtime: ONNXRuntime
  ) throws(HourglassError) {
    self.detector = detector
    self.hasChannelsLast = hasChannelsLast
    session = try runtime.session(file)
    result = ExportVerification(runner: "ONNX Runtime \(runtime.release)")
  }

  // MARK: Tables

  /// The first rows of a CSV file, or of a table of a database.
  ///
  /// - Throws: `HourglassError`: badData when the file lacks a column, environment when it or the exported one cannot be
  ///   read or run.
  package mutating func addRows(of path: String, format: TableFormat = TableFormat(), count: Int) throws {
    let encoding = try detector.encoding
    let ports = DetectorPorts(encoding)
    let reader = try TableScoring(detector: detector, path: path, format: format).openedReader(encoding)
    var blocks = try Self.blocks(reader, count)
    // Late cells have shown how the numbers are written.
    if reader.isMisread { blocks = try Self.blocks(reader.again(), count) }
    for block in blocks { try add(block, encoding, ports) }
  }

  private static func blocks(_ reader: TableReader, _ count: Int) throws -> [Table] {
    var (blocks, left) = ([Table](), count)
    while left > 0, let block = try reader.next(min(left, samplesAtOnce)) {
      left -= block.rowCount
      blocks.append(block)
    }
    return blocks
  }

  private mutating func add(_ table: Table, _ encoding: TableEncoding, _ ports: DetectorPorts) throws {
    let inputs = ports.sources.map { (name: $0.name, array: Self.cells($0, in: table)) }
    let names = [ports.score, ports.alert] + ports.expected.flatMap(\.self)
    let found = try session.run(inputs, outputs: names)
    let scores = try detector.score(table, contributors: 0)
    result.samples += table.rowCount
    try result.add(ports.score, found[0].doubles, scores.map(\.value))
    result.add(alerts: found[1].doubles.map { $0 != 0 }, scores.map(\.isAlert))
    let rows = (0..<UInt32(table.rowCount)).map { $0 }
    let pass = try detector.pass(
      encoding.encodedRows(table), rows: rows, machine: VectorMachine(threads: nil))
    let outputs = Dictionary(zip(names, found), uniquingKeysWith: { first, _ in first })
    for (index, column) in encoding.columns.enumerated() {
      guard let name = ports.expected[index].first, let output = outputs[name] else { continue }
      if let number = column.number {
        let expected = rows.indices.map {
          number.decode(Double(pass.reconstructions.sample($0)[column.firstFeature]))
        }
        try result.add(name, output.doubles, expected)
      } else if case .category = column.kind {
        let expected = rows.indices.map { row in
          pass.reconstructions.sample(row).withUnsafeBufferPointer { encoding.expected(index, $0) }
        }
        result.add(texts: output.texts.map { $0.isEmpty ? "missing" : $0 }, expected)
      }
    }
  }

  /// A column as the file takes it.
  private static func cells(_ source: DetectorPorts.Source, in table: Table) -> ONNXArray {
    let extents = [table.rowCount, 1]
    guard let column = table[source.name] else {
      // A column that was always the same may be missing.
      return source.cell == .text
        ? ONNXArray(.texts(Array(repeating: "", count: table.rowCount)), extents: extents)
        : ONNXArray(.doubles(Array(repeating: .nan, count: table.rowCount)), extents: extents)
    }
    let rows = column.values.indices
    if source.cell == .text {
      return ONNXArray(
        .texts(rows.map { column.values[$0].isNaN ? "" : column.text(row: $0) }), extents: extents)
    }
    guard case .category = column.kind else { return ONNXArray(.doubles(column.values), extents: extents) }
    return ONNXArray(
      .doubles(rows.map { Table.number(in: column.text(row: $0)) ?? .nan }), extents: extents)
  }

  // MARK: Images

  /// The first images, of the model's shape.
  ///
  /// - Throws: `HourglassError`: badData when their numbers cannot be meant, environment when the file cannot be run.
  package mutating func addImages(_ samples: any SampleSource, count: Int) throws {
    let matched = try detector.matched(samples, named: "the samples").samples
    let machine = try VectorMachine(threads: nil)
    let shape = detector.model.model.inputShape
    for start in stride(from: 0, to: min(count, matched.count), by: Self.samplesAtOnce) {
      let rows = (UInt32(start)..<UInt32(min(start + Self.samplesAtOnce, count, matched.count))).map { $0 }
      let pass = try detector.pass(EncodedRows(samples: matched), rows: rows, machine: machine)
      let stored = ONNXArray(
        samples: try matched.array(rows), detector.model, hasChannelsLast: hasChannelsLast)
      let found = try session.run([("input", stored)], outputs: ["score", "is_alert", "expected"])
      let expected = ONNXArray(
        samples: SampleArray(trustedFloats: pass.reconstructions.floats, count: rows.count, shape: shape),
        detector.model, hasChannelsLast: hasChannelsLast)
      result.samples += rows.count
      try result.add("score", found[0].doubles, pass.scores.values)
      result.add(
        alerts: found[1].doubles.map { $0 != 0 }, pass.scores.values.map { $0 > detector.threshold.value })
      try result.add("expected", found[2].doubles, expected.doubles)
    }
  }
}

extension AnomalyDetector {
  /// Whether it scores rows of tables; else it does images.
  package var takesTables: Bool { if case .table = input { true } else { false } }
}
