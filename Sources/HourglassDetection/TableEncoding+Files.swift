import HourglassFiles

extension TableEncoding {
  /// Rows of a table are encoded by what this says.
  var json: JSONValue {
    get throws {
      .array(
        try columns.map { column in
          var members = [JSONMember("name", .string(column.name))]
          if case .duration(let from, let to, _) = column.kind {
            members.append(JSONMember("duration", .array([.string(from), .string(to)])))
          }
          switch column.kind {
          case .time(let time):
            members.append(
              JSONMember(
                "time",
                .object([
                  JSONMember("clock", .bool(time.usesClock)), JSONMember("weekday", .bool(time.usesWeekday)),
                ])))
          case .number(let number), .duration(_, _, let number):
            let numbers = [number.centre, number.slope, number.shift, number.scale]
            members += [
              JSONMember("number", .array(try numbers.map { try .double($0) })),
              JSONMember("bent", .bool(number.isBent)),
              JSONMember("marks_missing", .bool(number.marksMissing)),
            ]
          case .category(let category):
            members += [
              JSONMember("levels", .array(category.levels.map { .string($0) })),
              JSONMember("shares", .array(try category.shares.map { try .double($0) })),
              JSONMember("marks_missing", .bool(category.marksMissing)),
            ]
          }
          return .object(members)
        })
    }
  }

  /// nil where something is missing or out of range.
  init?(json: JSONValue) {
    var columns: [Column] = []
    for value in json.arrayValue ?? [] {
      guard let name = value["name"]?.stringValue else { return nil }
      if let time = value["time"] {
        guard let usesClock = time["clock"]?.boolValue, let usesWeekday = time["weekday"]?.boolValue,
          usesClock || usesWeekday
        else { return nil }
        columns.append(
          Column(name: name, kind: .time(TimeColumn(usesClock: usesClock, usesWeekday: usesWeekday))))
        continue
      }
      guard let marksMissing = value["marks_missing"]?.boolValue else { return nil }
      if let numbers = value["number"]?.arrayValue?.compactMap(\.doubleValue) {
        guard numbers.count == 4, numbers[1] != 0, numbers[3] != 0, let isBent = value["bent"]?.boolValue
        else {
          return nil
        }
        let number = NumberColumn(
          centre: numbers[0], slope: numbers[1], isBent: isBent, shift: numbers[2], scale: numbers[3],
          marksMissing: marksMissing)
        guard let ends = value["duration"]?.arrayValue?.compactMap(\.stringValue) else {
          columns.append(Column(name: name, kind: .number(number)))
          continue
        }
        guard ends.count == 2 else { return nil }
        columns.append(Column(name: name, kind: .duration(from: ends[0], to: ends[1], number)))
      } else {
        let levels = value["levels"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let shares = value["shares"]?.arrayValue?.compactMap(\.doubleValue) ?? []
        guard Set(levels).count == levels.count, shares.count == levels.count + (marksMissing ? 2 : 1),
          shares.allSatisfy({ 0...1 ~= $0 })
        else { return nil }
        columns.append(
          Column(
            name: name,
            kind: .category(CategoryColumn(levels: levels, marksMissing: marksMissing, shares: shares))))
      }
    }
    guard Set(columns.map(\.name)).count == columns.count, let encoding = try? TableEncoding(columns: columns)
    else {
      return nil
    }
    self = encoding
  }
}
