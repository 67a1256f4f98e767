import HourglassData
import HourglassEngine

/// A block of rows on its way to the process that scores it.
extension Table: MessageContent {
  package var messageBytes: [UInt8] {
    var message = MessageWriter()
    message.append(rowCount)
    message.append(firstRow)
    message.append(columns.count)
    for column in columns {
      message.append(column.name)
      switch column.kind {
      case .number: message.append(KindMark.number.rawValue)
      case .time: message.append(KindMark.time.rawValue)
      case .category(let levels):
        message.append(KindMark.category.rawValue)
        message.append(levels.count)
        for level in levels { message.append(level) }
      }
      message.append(column.values)
    }
    return message.bytes
  }

  private enum KindMark: UInt8 { case number, time, category }

  package init(messageBytes: [UInt8]) throws {
    var message = MessageReader(messageBytes)
    let (rowCount, firstRow): (Int, Int) = (try message.value(), try message.value())
    let columns = try (0..<message.value(Int.self)).map { _ in
      let name = try message.text()
      let kind: Kind
      switch KindMark(rawValue: try message.value()) {
      case .number: kind = .number
      case .time: kind = .time
      case .category:
        kind = .category(levels: try (0..<message.value(Int.self)).map { _ in try message.text() })
      case nil: throw MessageReader.damage
      }
      return Column(name: name, kind: kind, values: try message.values())
    }
    try self.init(columns: columns, firstRow: firstRow)
    self.rowCount = rowCount
    try check()
  }
}

/// The scores of a block on their way back.
struct ScoredBlock: MessageContent {
  var scores: [AnomalyScore]

  init(_ scores: [AnomalyScore]) { self.scores = scores }

  var messageBytes: [UInt8] {
    var message = MessageWriter()
    message.append(scores.count)
    for score in scores {
      message.append(score.row)
      message.append(score.value)
      message.append(score.isAlert)
      guard score.isAlert else { continue }
      message.append(score.reason)
      message.append(score.contributions.count)
      for contribution in score.contributions {
        message.append(contribution.column)
        message.append(contribution.actual)
        message.append(contribution.expected)
        message.append(contribution.share)
      }
    }
    return message.bytes
  }

  init(messageBytes: [UInt8]) throws {
    var message = MessageReader(messageBytes)
    scores = try (0..<message.value(Int.self)).map { _ in
      var score = AnomalyScore(
        row: try message.value(), value: try message.value(), isAlert: try message.value(), contributions: [])
      guard score.isAlert else { return score }
      score.reason = try message.text()
      score.contributions = try (0..<message.value(Int.self)).map { _ in
        AnomalyScore.Contribution(
          column: try message.text(), actual: try message.text(), expected: try message.text(),
          share: try message.value())
      }
      return score
    }
  }
}

extension AnomalyScores: MessageContent {
  package var messageBytes: [UInt8] {
    var message = MessageWriter()
    for numbers in [reconstruction, neighbours, tails, values] { message.append(numbers) }
    return message.bytes
  }

  package init(messageBytes: [UInt8]) throws {
    var message = MessageReader(messageBytes)
    self.init(
      reconstruction: try message.values(), neighbours: try message.values(), tails: try message.values(),
      values: try message.values())
  }
}
