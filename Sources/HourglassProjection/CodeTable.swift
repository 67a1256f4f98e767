import HourglassBase
import HourglassFiles

/// Codes and maps as text with commas between the numbers and a first line of names.
public enum CodeTable {
  /// Writes a code a line: `code0,code1,...`, each number with as many digits as single precision needs, then the class
  /// as `label` and the sample's file as `name`, if they are given.
  ///
  /// - Throws: `HourglassError`: usage when there are more or fewer labels or names than codes, environment when the file
  ///   cannot be written.
  public static func write(
    _ codes: SampleArray, labels: [Int] = [], names: [String] = [], to path: String
  ) throws {
    for (what, count) in [("labels", labels.count), ("names", names.count)]
    where count != 0 && count != codes.count {
      throw HourglassError(
        .usage, "There are \(count) \(what) for \(codes.count) codes; give one for each, or none.")
    }
    try AtomicFile.write(to: path) { writer in
      let heads =
        (0..<codes.shape.count).map { "code\($0)" } + (labels.isEmpty ? [] : ["label"])
        + (names.isEmpty ? [] : ["name"])
      try writer.write(heads.joined(separator: ",") + "\n")
      for index in 0..<codes.count {
        let label = labels.isEmpty ? "" : ",\(labels[index])"
        let name = names.isEmpty ? "" : ",\(names[index].tableCell)"
        try writer.write(codes.sample(index).map { "\($0)" }.joined(separator: ",") + label + name + "\n")
      }
    }
  }

  /// Reads codes, one a line of numbers with commas between them, below a first line of names; the columns "label" and
  /// "name" are passed over.
  ///
  /// - Parameter shape: of a code, whose numbers lie row by row.
  /// - Throws: `HourglassError`: badData when a line has not as many numbers, or one is none or not finite; environment
  ///   when the file cannot be read.
  public static func read(path: String, shape: Shape) throws -> SampleArray {
    let bytes = unquoted(try BoundedFile.read(path, limit: largestFile))
    var lines = bytes.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") })[...]
    let heads = (lines.popFirst() ?? []).split(separator: comma, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    let wanted = heads.indices.filter { heads[$0] != "label" && heads[$0] != "name" }
    guard wanted.count == shape.count, !lines.isEmpty else {
      throw HourglassError(
        .badData,
        "\(path) has \(lines.isEmpty ? "no line of numbers" : "\(wanted.count) columns of numbers"), but a code of the "
          + "model has \(shape.count)", .make(.codes))
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
    return SampleArray(trustedFloats: floats, count: lines.count, shape: shape)
  }

  /// The text without its quotes, and blanks for what in them would end a cell or a line.
  private static func unquoted(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(quote) else { return bytes }
    var isQuoted = false
    return bytes.compactMap { byte in
      if byte == quote {
        isQuoted.toggle()
        return nil
      }
      let isEnd = byte == comma || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
      return isQuoted && isEnd ? UInt8(ascii: " ") : byte
    }
  }

  private static let comma = UInt8(ascii: ",")
  private static let quote = UInt8(ascii: "\"")
  /// Bytes of a file that is read.
  private static let largestFile = 1 << 32

  /// One map of a table of maps.
  package struct Columns: Sendable {
    /// Before the names of its two columns, unless it is the first map.
    var name: String
    var positions: [SIMD2<Float>]

    package init(_ name: String, _ positions: [SIMD2<Float>]) {
      self.name = name
      self.positions = positions
    }
  }

  /// Writes a sample a line: its place on the first map as `x,y`, its class as the number `label` and, where classes have
  /// names, as `class`, its place on every other map as `NAME_x,NAME_y`, and its file as `name` if files are given.
  ///
  /// - Parameters:
  ///   - maps: at least one, of the same samples.
  ///   - labels: one for each sample, indices into `classNames`, or none, which leaves the cells empty.
  ///   - names: the file of each sample, or none.
  /// - Throws: `HourglassError` (environment) when the file cannot be written.
  package static func write(
    _ maps: [Columns], labels: [UInt8], classNames: [String], names: [String] = [], to path: String
  ) throws {
    let count = maps[0].positions.count
    precondition(maps.allSatisfy { $0.positions.count == count }, "all maps are of the same samples")
    precondition(labels.isEmpty || labels.count == count, "every point has a label, or none")
    precondition(names.isEmpty || names.count == count, "every point has a name, or none")
    // Classes without a name of their own are called by their numbers.
    let hasNames = !labels.isEmpty && classNames.enumerated().contains { $1 != "\($0)" }
    let heads =
      ["x,y,label"] + (hasNames ? ["class"] : [])
      + maps.dropFirst().flatMap { ["\($0.name)_x".tableCell, "\($0.name)_y".tableCell] }
      + (names.isEmpty ? [] : ["name"])
    try AtomicFile.write(to: path) { writer in
      try writer.write(heads.joined(separator: ",") + "\n")
      for index in 0..<count {
        var cells = maps.map { "\($0.positions[index].x),\($0.positions[index].y)" }
        let label = labels.isEmpty ? nil : Int(labels[index])
        cells.insert(label.map { "\($0)" } ?? "", at: 1)
        if hasNames, let label { cells.insert(classNames[label].tableCell, at: 2) }
        if !names.isEmpty { cells.append(names[index].tableCell) }
        try writer.write(cells.joined(separator: ",") + "\n")
      }
    }
  }
}

extension String {
  /// Without the blanks at both ends.
  fileprivate var trimmed: Substring {
    self[...].drop { $0 == " " }.prefix { $0 != " " }
  }
}
