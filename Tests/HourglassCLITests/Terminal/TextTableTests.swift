import HourglassCLI
import Testing

struct TextTableTests {
  private let table = TextTable(
    columns: [
      .init(heading: "run", isNumber: false, isPath: true), .init(heading: "loss", isNumber: true),
      .init(heading: "digest", isNumber: false),
    ],
    rows: [["runs/a-long-name-of-a-run", "0.5", "abc"], ["runs/b", "12.25", "–"]])

  @Test func withoutAWidthNothingIsCut() {
    let (lines, leftOut) = table.lines(width: nil)
    #expect(
      lines == [
        "run                         loss  digest", "runs/a-long-name-of-a-run    0.5  abc",
        "runs/b                     12.25  –",
      ])
    #expect(leftOut.isEmpty)
  }

  @Test func textsAreCutToTheWidth() {
    let (lines, leftOut) = table.lines(width: 30)
    #expect(
      lines
        == [
          "run               loss  digest", "…-name-of-a-run    0.5  abc", "runs/b           12.25  –",
        ])
    #expect(leftOut.isEmpty && lines.allSatisfy { $0.unicodeScalars.count <= 30 })
  }

  @Test func columnsAtTheRightGoFirst() {
    let (lines, leftOut) = table.lines(width: 20)
    #expect(leftOut == ["digest"] && lines.allSatisfy { $0.unicodeScalars.count <= 20 })
    #expect(lines[0] == "run             loss")
    #expect(table.lines(width: 1).leftOut == ["loss", "digest"])
  }

  @Test func columnsThatWereChosenStay() {
    let (lines, leftOut) = table.lines(width: 20, keepsColumns: true)
    #expect(leftOut.isEmpty && lines[0].hasSuffix("digest"))
  }

  /// What would command the terminal takes the room of what is shown for it.
  @Test func commandsAreWrittenOut() {
    let table = TextTable(
      columns: [.init(heading: "run", isNumber: false), .init(heading: "x", isNumber: true)],
      rows: [["\u{1B}[31m\n", "1"]])
    #expect(table.lines(width: nil).lines[1] == "\\u{1B}[31m\\u{A}  1")
  }
}
