import HourglassData
import HourglassEngine

/// Codes and maps as text with commas between the numbers and a first line of names.
public enum CodeTable {
  /// Writes a code a line: `code0,code1,...`, each number with as many digits as single precision needs.
  ///
  /// - Throws: `HourglassError` (environment) when the file cannot be written.
  public static func write(_ codes: SampleArray, to path: String) throws {
    try AtomicFile.write(to: path) { writer in
      try writer.write((0..<codes.shape.count).map { "code\($0)" }.joined(separator: ",") + "\n")
      for index in 0..<codes.count {
        try writer.write(codes.sample(index).map { "\($0)" }.joined(separator: ",") + "\n")
      }
    }
  }

  /// Writes a point a line: `x,y,label`.
  ///
  /// - Parameter labels: one for each point, or none.
  /// - Throws: `HourglassError` (environment) when the file cannot be written.
  public static func write(_ positions: [SIMD2<Float>], labels: [UInt8], to path: String) throws {
    precondition(labels.isEmpty || positions.count == labels.count, "every point has a label, or none")
    let lines = positions.enumerated().map { index, position in
      "\(position.x),\(position.y),\(labels.isEmpty ? "" : "\(labels[index])")\n"
    }
    try AtomicFile.write("x,y,label\n" + lines.joined(), to: path)
  }
}
