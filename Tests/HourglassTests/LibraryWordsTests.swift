import Foundation
import Testing

/// Libraries do not know the options of a program, nor its commands.
struct LibraryWordsTests {
  private let sources: String = {
    var package = URL(filePath: #filePath)
    for _ in 0..<3 { package.deleteLastPathComponent() }
    return package.appending(path: "Sources").path
  }()

  /// The lines of the program's sources, or of all others, without comments.
  private func lines(ofProgram: Bool = false) throws -> [(place: String, text: String)] {
    let files = try #require(FileManager.default.enumerator(atPath: sources)).compactMap { $0 as? String }
      .filter { file in
        [".swift", ".yaml", ".js", ".css"].contains { file.hasSuffix($0) }
          && file.hasPrefix("HourglassCLI/") == ofProgram
      }
    #expect(files.count > (ofProgram ? 40 : 100))
    return try files.flatMap { file in
      try String(contentsOfFile: "\(sources)/\(file)", encoding: .utf8)
        .split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        .map { ("\(file):\($0 + 1)", String($1)) }
        .filter { line in
          let start = line.1.drop(while: \.isWhitespace)
          return !start.hasPrefix("//") && !start.hasPrefix("#")
        }
    }
  }

  @Test func nameNoOptions() throws {
    // "--limit" or "--\(name)", but neither "a--b" nor "<!-- x".
    let option = /(^|[^-\w!])--([a-z][-a-z]*|\\\()/
    #expect("give more with --data DIR".contains(option) && !"<!-- note -->".contains(option))
    // Styles have variables of that form.
    let variable = /var\(--[-a-z]+\)|--[-a-z]+:/
    for line in try lines() where line.text.replacing(variable, with: "").contains(option) {
      Issue.record("\(line.place) names an option: \(line.text)")
    }
  }

  @Test func nameNoCommands() throws {
    let declared = try lines(ofProgram: true).compactMap { line in
      (line.text.firstMatch(of: /commandName: "([-a-z]+)"/)?.1).map(String.init)
    }
    let names = Set(declared).subtracting(["hourglass"])
    #expect(names.isSuperset(of: ["train", "index", "detect"]) && names.count > 20)
    // "hourglass train", but not "what hourglass trains"; and the names of our formats, "hourglass index 1".
    let command = /\bhourglass ([a-z]+(-[a-z]+)*)(?![-a-z])/
    let format = /"hourglass [a-z]+ \d+"/
    for line in try lines() {
      for found in line.text.replacing(format, with: "").matches(of: command)
      where names.contains(String(found.1)) {
        Issue.record("\(line.place) names a command: \(line.text)")
      }
    }
  }

  /// The type ends a sentence; a message that ends in anything but a word, a full stop or a question mark would spoil it.
  @Test func messagesEndWell() throws {
    for line in try lines() where line.text.contains(/HourglassError\(\.[a-z]+, ".*[ ,;:!.]\."\)/) {
      Issue.record("\(line.place): \(line.text)")
    }
  }
}
