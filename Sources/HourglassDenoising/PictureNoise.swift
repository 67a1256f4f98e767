import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassModels
import HourglassPictures

extension Picture {
  /// The picture with normal noise, independent in every pixel and channel, rounded and clipped to what a picture can
  /// hold.
  ///
  /// - Parameters:
  ///   - deviation: in levels of 255, from 0 to 255.
  ///   - seed: the same seed gives the same noise.
  ///   - threads: workers; all cores when nil. The result does not depend on it.
  /// - Throws: `HourglassError` (usage) for other values.
  public func noisy(deviation: Double, seed: UInt64, threads: Int? = nil) throws -> Picture {
    guard 0...255 ~= deviation else {
      throw HourglassError(.usage, "The noise has a deviation of \(deviation), but it must be from 0 to 255.")
    }
    // Any pieces do: draws are keyed by piece and place.
    let length = 4096
    let count = (bytes.count + length - 1) / length
    let samples = SampleArray(trustedByteCount: count, shape: [length]) { memory in
      bytes.withUnsafeBytes { memory.copyMemory(from: $0) }
      for place in bytes.count..<count * length { memory[place] = 0 }
    }
    let builder = GraphBuilder()
    builder.output(
      "noisy", Corruption.gaussian(deviation / 255)(builder.input("x", shape: [length]), as: .vector(length)))
    let forward = try ForwardPass(
      builder.graph, over: samples, parameters: ParameterStore([]), seed: seed, threads: threads)
    var result = self
    for start in stride(from: 0, to: count, by: forward.batchSize) {
      try forward.run((start..<min(start + forward.batchSize, count)).map { UInt32($0) })
      forward.withOutput("noisy") { values in
        result.withUnsafeMutableBytes { bytes in
          let first = start * length
          for place in 0..<min(values.count, bytes.count - first) {
            bytes[first + place] = UInt8(saturating: values[place] * 255)
          }
        }
      }
    }
    return result
  }
}
