import Foundation
import Testing

/// Libraries do not know the options of a program.
struct LibraryWordsTests {
  /// The lines of all sources but the program's, without comments.
  private func lines() throws -> [(place: String, text: String)] {
    var package = URL(filePath: #filePath)
    for _ in 0..<3 { package.deleteLastPathComponent() }
    let sources = package.appending(path: "Sources").path
    let files = try #require(FileManager.default.enumerator(atPath: sources)).compactMap { $0 as? String }
      .filter { $0.hasSuffix(".swift") && !$0.hasPrefix("HourglassCLI/") }
    #expect(files.count > 100)
    return try files.flatMap { file in
      try String(contentsOfFile: "\(sources)/\(file)", encoding: .utf8)
        .split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        .map { ("\(file):\($0 + 1)", String($1)) }
        .filter { !$0.1.drop(while: \.isWhitespace).hasPrefix("//") }
    }
  }

  @Test func nameNoOptions() throws {
    // "--limit", but neither "a--b" nor "<!-- x".
    let option = /(^|[^-\w!])--[a-z][-a-z]*/
    #expect("give more with --data DIR".contains(option) && !"<!-- note -->".contains(option))
    // Styles have variables of that form.
    let variable = /var\(--[-a-z]+\)|--[-a-z]+: *#/
    for line in try lines() where line.text.replacing(variable, with: "").contains(option) {
      Issue.record("\(line.place) names an option: \(line.text)")
    }
  }

  /// The type ends a sentence; a message that ends in anything but a word, a full stop or a question mark would spoil it.
  @Test func messagesEndWell() throws {
    for line in try lines() where line.text.contains(/HourglassError\(\.[a-z]+, ".*[ ,;:!.]\."\)/) {
      Issue.record("\(line.place): \(line.text)")
    }
  }
}
