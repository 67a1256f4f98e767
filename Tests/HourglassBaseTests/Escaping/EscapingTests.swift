import Foundation
import HourglassBase
import HourglassTestSupport
import Testing

/// Names that no output may take for anything else.
struct EscapingTests {
  @Test(arguments: HostileNames.all) func markupHoldsNoMarkup(name: String) {
    let text = name.escapedForMarkup
    #expect(text.utf8.allSatisfy { !"<>\"'".utf8.contains($0) })
    #expect(tags(of: "<p title=\"\(text)\">\(text)</p>") == ["p", "/p"])
    // What is shown is the name, its controls written out.
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    let back = entities.reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1, options: .literal) }
    #expect(Array(back.utf8) == Array(name.showingControls(keepsLines: true).utf8))
  }

  @Test func ordinaryTextStays() {
    let texts = [
      "Größe → 5 · 日本", "e\u{301}", "שלום \u{200F}3", "👩‍👩‍👧", "a/b_c-d.png", "", " two  blanks ",
    ]
    for text in texts {
      #expect(text.escapedForMarkup == text && text.tableCell == text && text.showingControls() == text)
      #expect(text.scriptData == text && text.escapedJSONLine == text)
    }
    #expect("a\n\tb".escapedForMarkup == "a\n\tb")
  }

  @Test(arguments: HostileNames.all) func scriptDataEndsNoElement(name: String) throws {
    let json = String(decoding: try JSONEncoder().encode([name]), as: UTF8.self).scriptData
    #expect(!holds(json, "<") && !holds(json, ">") && !holds(json, "&") && isFitForTerminal(json))
    #expect(!holds(json, "\n"))
    let back = try JSONDecoder().decode([String].self, from: Data(json.utf8))
    #expect(Array(back[0].utf8) == Array(name.utf8))
  }

  @Test(arguments: HostileNames.all) func jsonLinesAreLines(name: String) throws {
    let json = String(decoding: try JSONEncoder().encode([name]), as: UTF8.self).escapedJSONLine
    #expect(isFitForTerminal(json) && !holds(json, "\n"))
    let back = try JSONDecoder().decode([String].self, from: Data(json.utf8))
    #expect(Array(back[0].utf8) == Array(name.utf8))
  }

  @Test(arguments: HostileNames.all) func cellsStayOne(name: String) {
    for cell in [name.tableCell, name.quotedTableCell] {
      let read = rows(ofTable: Array("a,\(cell),b\n".utf8))
      #expect(read.count == 1 && read[0].count == 3)
      #expect(read[0].map { Array($0.utf8) } == ["a", name, "b"].map { Array($0.utf8) })
    }
  }

  @Test func cellsAreQuotedWhereNeeded() {
    #expect("a b".tableCell == "a b" && "-1.5".tableCell == "-1.5" && "=1+1".tableCell == "=1+1")
    #expect(
      "a,b".tableCell == "\"a,b\"" && "a\"b".tableCell == "\"a\"\"b\"" && "a\nb".tableCell == "\"a\nb\"")
    #expect("a".quotedTableCell == "\"a\"")
  }

  /// A shell makes one word of it again, byte for byte, and runs nothing.
  @Test(arguments: HostileNames.all + ["", "plain", "it's", "~", "*", "a b", "=ls", "!!", "{a,b}"])
  func shellsReadOneWord(name: String) throws {
    let word = name.shellWord
    #expect(isFitForTerminal(word) && !holds(word, "\n"))
    let folder = ScratchFolder()
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/bash")
    // A copy may be pasted behind other words.
    shell.arguments = ["-c", "printf '%s\\0' before \(word) after"]
    shell.currentDirectoryURL = URL(filePath: folder.path)
    let output = Pipe()
    shell.standardOutput = output
    try shell.run()
    let bytes = [UInt8](output.fileHandleForReading.readDataToEndOfFile())
    shell.waitUntilExit()
    #expect(bytes == Array("before\0\(name)\0after\0".utf8), "\(word)")
    #expect(folder.names().isEmpty)
  }

  @Test func shellWordsArePlainWhereTheyCan() {
    #expect("runs/a-1/recipe.yaml".shellWord == "runs/a-1/recipe.yaml" && "k=v".shellWord == "k=v")
    #expect("a b".shellWord == "'a b'" && "it's".shellWord == #"'it'\''s'"#)
    #expect("-rf".shellPath == "./-rf" && "a".shellPath == "a" && "- x".shellPath == "'./- x'")
  }

  @Test(arguments: HostileNames.all) func terminalLinesAreLines(name: String) {
    let line = name.showingControls()
    #expect(isFitForTerminal(line) && !holds(line, "\n"))
    #expect(isFitForTerminal(name.quotedForMessage) && !holds(name.quotedForMessage, "\n"))
    #expect(isFitForTerminal(shortened(name)) && !holds(shortened(name), "\n"))
  }

  @Test func controlsAreShown() {
    #expect("\u{1B}[31m\u{202E}a\nb".showingControls() == #"\u{1B}[31m\u{202E}a\u{A}b"#)
    #expect("a\nb\u{7}".showingControls(keepsLines: true) == "a\nb\\u{7}")
    #expect("\u{9B}\u{600}\u{1B}".showingControls() == "\\u{9B}\u{600}\\u{1B}")
  }

  /// One of Swift's characters may be as long as a file.
  @Test func longMarksAreShortened() {
    let long = "a" + String(repeating: "\u{301}", count: 10_000)
    #expect(shortened(long).utf8.count < 500)
    #expect(shortened(String(repeating: "\u{1B}", count: 399)).utf8.count < 500)
  }

  @Test func textsArePartedByBytes() {
    #expect("a,\u{301}b,c".parts(at: ",").map(\.unicodeScalars.count) == [1, 2, 1])
    #expect("".parts(at: ",") == [""] && "k=v=w".parts(at: "=", cuts: 1) == ["k", "v=w"])
    #expect("a\u{600}.npy".ends(with: ".npy") && !"npy".ends(with: ".npy") && "a".ends(with: ""))
    #expect(".\u{301}a".isHiddenName && !"a.".isHiddenName)
    #expect(Array("a\u{600}.html".dropping(ending: ".html").utf8) == Array("a\u{600}".utf8))
    #expect("x/\u{301}y".lastPathPart?.unicodeScalars.count == 2 && "a/b//".lastPathPart == "b")
    #expect("/".lastPathPart == nil)
  }

  /// Errors end with one full stop, whatever stands before it.
  @Test func sentencesEndOnce() {
    let error = HourglassError(.badData, "There is no \u{600}.")
    #expect(occurrences(of: ".", in: error.message) == 1)
    #expect("Done\u{600}.".endsSentence && !"Done".endsSentence && !"".endsSentence)
  }
}
