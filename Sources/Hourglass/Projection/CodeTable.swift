import HourglassData
import HourglassEngine
import HourglassGraph

/// Codes and maps as text with commas between the numbers and a first line of names.
public enum CodeTable {
  /// Writes a code a line: `code0,code1,...`, each number with as many digits as single precision needs, and the class
  /// last, as `label`, if labels are given.
  ///
  /// - Throws: `HourglassError` (environment) when the file cannot be written.
  public static func write(_ codes: SampleArray, labels: [Int] = [], to path: String) throws {
    precondition(labels.isEmpty || labels.count == codes.count, "every code has a label, or none")
    try AtomicFile.write(to: path) { writer in
      let heads = (0..<codes.shape.count).map { "code\($0)" } + (labels.isEmpty ? [] : ["label"])
      try writer.write(heads.joined(separator: ",") + "\n")
      for index in 0..<codes.count {
        let label = labels.isEmpty ? "" : ",\(labels[index])"
        try writer.write(codes.sample(index).map { "\($0)" }.joined(separator: ",") + label + "\n")
      }
    }
  }

  /// Reads codes, one a line of numbers with commas between them, below a first line of names; a column "label" is
  /// passed over.
  ///
  /// - Parameter shape: of a code, whose numbers lie row by row.
  /// - Throws: `HourglassError`: badData when a line has not as many numbers, or one is none or not finite; environment
  ///   when the file cannot be read.
  public static func read(path: String, shape: Shape) throws -> SampleArray {
    let bytes = try BoundedFile.read(path, limit: largestFile)
    var lines = bytes.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") })[...]
    let heads = (lines.popFirst() ?? []).split(separator: comma, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    let wanted = heads.indices.filter { heads[$0] != "label" }
    guard wanted.count == shape.count, !lines.isEmpty else {
      throw HourglassError(
        .badData,
        "\(path) has \(lines.isEmpty ? "no line of numbers" : "\(wanted.count) columns of numbers"), but a code of the "
          + "model has \(shape.count); give what hourglass transform wrote for this model.")
    }
    var floats: [Float] = []
    floats.reserveCapacity(lines.count * shape.count)
    for (line, text) in lines.enumerated() {
      let cells = text.split(separator: comma, omittingEmptySubsequences: false)
      guard cells.count == heads.count else {
        throw HourglassError(
          .badData,
          "\(path) has \(cells.count) cells in line \(line + 2), but \(heads.count) in its first; complete the line."
        )
      }
      for column in wanted {
        let cell = String(decoding: cells[column], as: UTF8.self)
        guard let number = Float(cell.trimmed), number.isFinite else {
          throw HourglassError(
            .badData,
            "\(path) has \(cell.quotedForMessage) in line \(line + 2), which is no finite number; correct it."
          )
        }
        floats.append(number)
      }
    }
    return SampleArray(floats: floats, count: lines.count, shape: shape)
  }

  private static let comma = UInt8(ascii: ",")
  /// Bytes of a file that is read.
  private static let largestFile = 1 << 32

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

extension String {
  /// Without the blanks at both ends.
  fileprivate var trimmed: Substring {
    self[...].drop { $0 == " " }.prefix { $0 != " " }
  }
}
