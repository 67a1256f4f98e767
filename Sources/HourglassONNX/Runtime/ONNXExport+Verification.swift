import HourglassBase
import HourglassModels

extension ONNXExport {
  /// Runs samples through the file of a model and through the model: by ONNX Runtime or, without it, by what this library reads from
  /// the file. Variances, and the reconstruction of a model that adds its input to it, are not compared, which the result says.
  ///
  /// - Parameters:
  ///   - samples: of the model's input shape, as the model has them.
  ///   - file: that was written.
  ///   - hasChannelsLast: whether images are `[height, width, channels]` in it.
  /// - Throws: `HourglassError`: badData when an output has no such numbers as the model gives, environment when ONNX Runtime cannot run
  ///   it; without it, as `readONNX` for what this library cannot read.
  package func verification(
    of samples: SampleArray, by model: TrainedModel, file: String, hasChannelsLast: Bool,
    runtime: ONNXRuntime?
  ) throws -> ExportVerification {
    let session = try runtime.map { try $0.session(file) }
    // A file that takes images of any size is read as one that takes these.
    let sizes = samples.shape.rank == 3 ? (samples.shape[1], samples.shape[2]) : (1, 1)
    let other = session == nil ? try TrainedModel.readONNX(path: file, code: nil, freeSizes: sizes) : nil
    var result = ExportVerification(
      runner: runtime.map { "ONNX Runtime \($0.release)" } ?? "reading the file again")
    let names = outputs.map(\.name)
    for start in stride(from: 0, to: samples.count, by: Self.samplesAtOnce) {
      let part = try samples.array(
        (UInt32(start)..<UInt32(min(start + Self.samplesAtOnce, samples.count))).map { $0 })
      let code = try model.encode(part)
      let rebuilt = model.model.isResidual ? nil : try model.decode(code)
      result.samples += part.count
      if let session {
        let given =
          inputs[0].name == "code"
          ? ONNXArray(.floats(code.floats), extents: [code.count] + code.shape.dimensions)
          : ONNXArray(samples: part, model, hasChannelsLast: hasChannelsLast)
        for (name, found) in zip(names, try session.run([(inputs[0].name, given)], outputs: names)) {
          if name == "code" || name == "mean" {
            try result.add(name, found.doubles, code.floats.map { Double($0) })
          }
          if name == "reconstruction", let rebuilt {
            try result.add(
              name, found.doubles,
              ONNXArray(samples: rebuilt, model, hasChannelsLast: hasChannelsLast).doubles)
          }
        }
      } else if let other {
        let found = try other.encode(part)
        try result.add("code", found.floats.map { Double($0) }, code.floats.map { Double($0) })
        if let rebuilt {
          try result.add(
            "reconstruction", try other.decode(found).floats.map { Double($0) },
            rebuilt.floats.map { Double($0) })
        }
      }
    }
    result.uncompared = names.filter { name in !result.differences.contains { $0.output == name } }
    return result
  }

  /// Neither takes much memory for so many.
  private static let samplesAtOnce = 256
}
