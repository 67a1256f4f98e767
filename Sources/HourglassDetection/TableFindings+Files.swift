import HourglassFiles

// What a detector's file holds of a table's columns beside how they are encoded.

extension ConstantColumn {
  var json: JSONValue {
    get throws {
      let member =
        switch value {
        case .number(let number): JSONMember("number", try .double(number))
        case .text(let text): JSONMember("text", .string(text))
        }
      return .object([JSONMember("name", .string(name)), member])
    }
  }

  /// nil where something is missing.
  init?(json: JSONValue) {
    guard let name = json["name"]?.stringValue else { return nil }
    if let number = json["number"]?.doubleValue {
      self.init(name: name, value: .number(number))
    } else if let text = json["text"]?.stringValue {
      self.init(name: name, value: .text(text))
    } else {
      return nil
    }
  }
}

extension ColumnRelation {
  var json: JSONValue {
    get throws {
      .object([
        JSONMember("kind", .string(kind.rawValue)), JSONMember("target", .string(target)),
        JSONMember("columns", .array(terms.map { .string($0.column) })),
        JSONMember("factors", .array(try terms.map { try .double($0.factor) })),
        JSONMember("constant", try .double(constant)),
        JSONMember("tolerance", try .double(tolerance)),
        JSONMember("relative_tolerance", try .double(relativeTolerance)),
      ])
    }
  }

  /// nil where something is missing or out of range.
  ///
  /// - Parameter known: the columns of numbers.
  init?(json: JSONValue, columns known: Set<String>) {
    guard let kind = json["kind"]?.stringValue.flatMap(Kind.init(rawValue:)),
      let target = json["target"]?.stringValue,
      let columns = json["columns"]?.arrayValue?.compactMap(\.stringValue),
      let factors = json["factors"]?.arrayValue?.compactMap(\.doubleValue),
      !columns.isEmpty, columns.count == factors.count, factors.allSatisfy({ $0.isFinite && $0 != 0 }),
      kind == .sum || factors.allSatisfy({ abs($0) <= 3 && $0 == $0.rounded() }),
      Set(columns + [target]).count == columns.count + 1, known.isSuperset(of: columns + [target]),
      let constant = json["constant"]?.doubleValue, constant.isFinite,
      let tolerance = json["tolerance"]?.doubleValue, tolerance >= 0, tolerance.isFinite,
      let relative = json["relative_tolerance"]?.doubleValue, relative >= 0, relative.isFinite
    else { return nil }
    self.init(
      kind: kind, target: target,
      terms: zip(columns, factors).map { Term(column: $0, factor: $1) }, constant: constant,
      tolerance: tolerance, relativeTolerance: relative)
  }
}

extension OddPairs {
  var json: JSONValue {
    get throws {
      func value(_ value: Value) -> JSONValue {
        .array([.string(value.column)] + (value.text.map { [.string($0)] } ?? []))
      }
      return .object([
        JSONMember("rows", .int(rows)),
        JSONMember(
          "pairs",
          .array(
            try pairs.map {
              .array([value($0.first), value($0.second), .int($0.count), try .double($0.expected)])
            })),
      ])
    }
  }

  /// nil where something is missing or out of range.
  init?(json: JSONValue) {
    guard let rows = json["rows"]?.intValue, rows >= 0, let values = json["pairs"]?.arrayValue,
      values.count <= Self.limit
    else { return nil }
    func value(_ json: JSONValue) -> Value? {
      guard let texts = json.arrayValue?.compactMap(\.stringValue), 1...2 ~= texts.count,
        texts.count == json.arrayValue?.count
      else { return nil }
      return Value(column: texts[0], text: texts.count > 1 ? texts[1] : nil)
    }
    let pairs = values.compactMap { json -> Pair? in
      guard let parts = json.arrayValue, parts.count == 4, let first = value(parts[0]),
        let second = value(parts[1]), first.column != second.column, let count = parts[2].intValue,
        0...rows ~= count, let expected = parts[3].doubleValue, expected.isFinite
      else { return nil }
      return Pair(first: first, second: second, count: count, expected: expected)
    }
    guard pairs.count == values.count else { return nil }
    self.init(rows: rows, pairs: pairs)
  }
}
