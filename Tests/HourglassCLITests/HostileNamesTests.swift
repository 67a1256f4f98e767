import Foundation
import Hourglass
import HourglassTestSupport
import Testing

/// Files, classes, columns and cells whose names are scripts, commands, cells or orders to the terminal to whoever reads
/// what the program writes of them.
struct HostileNamesTests {
  /// A folder that ends quotes, begins scripts and commands terminals.
  private let folder =
    "\u{600}<script>alert(1)<'\u{301};touch pwned;'$(touch pwned)`touch pwned`\u{1B}[31m\u{202E}\nerror: x"

  private func expectHarmless(_ outcome: Hourglass.Outcome, sourceLocation: SourceLocation = #_sourceLocation)
  {
    #expect(outcome.status == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
    for text in [outcome.output, outcome.errors] {
      #expect(isFitForTerminal(text), "\(text.debugDescription)", sourceLocation: sourceLocation)
    }
    #expect(outcome.complaints.isEmpty, "\(outcome.errors)", sourceLocation: sourceLocation)
  }

  private func text(_ scratch: Scratch, _ name: String) throws -> String {
    String(decoding: try scratch.read(name), as: UTF8.self)
  }

  /// A run on data in a folder of that name, in another one.
  private func trained() throws -> Scratch {
    let scratch = try Scratch(data: false)
    try SmallData().write(to: scratch.folder(folder))
    expectHarmless(
      try scratch.hourglass(
        "train", "fashion-codes", "--data", folder, "--epochs", "1", "--out", "run\(folder)", "--json"))
    return scratch
  }

  /// A picture for each name, in a folder of each name.
  private func writePictures(_ scratch: Scratch) throws {
    let data = try DataFolder.load("\(scratch.path)/\(folder)")
    for (index, name) in HostileNames.ofFiles.enumerated() {
      try PNG.write(
        Picture(samples: data.training.sample(index), shape: [1, 28, 28]),
        to: "\(try scratch.folder("photos/\(name)"))/\(name).png")
    }
  }

  @Test func runsAndReports() throws {
    let scratch = try trained()
    let page = try text(scratch, "run\(folder)/report.html")
    #expect(!holds(page, "<script") && isFitForTerminal(page))
    // The command of the report is copied to a shell.
    let begin = try #require(page.range(of: "<code>hourglass train "))
    let rest = page[begin.upperBound...]
    let command = try #require(rest.range(of: "</code>").map { String(rest[..<$0.lowerBound]) })
    let words = [("&#39;", "'"), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")].reduce(
      command
    ) {
      $0.replacingOccurrences(of: $1.0, with: $1.1, options: .literal)
    }
    try scratch.write("printf '%s\\0' \(words) > words\n", "copied.sh")
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/bash")
    shell.arguments = ["copied.sh"]
    shell.currentDirectoryURL = URL(filePath: scratch.path)
    try shell.run()
    shell.waitUntilExit()
    let given = try scratch.read("words").split(separator: 0).map(Array.init)
    #expect(given.contains { $0.suffix(folder.utf8.count).elementsEqual(folder.utf8) }, "\(words)")
    #expect(given[0] == Array("fashion-codes".utf8))
    #expect(!scratch.exists("pwned"))
    expectHarmless(try scratch.hourglass("data", folder))
    expectHarmless(
      try scratch.hourglass("report", "run\(folder)", "--limit", "20", "--json", seconds: 300))
    #expect(!holds(try text(scratch, "run\(folder)/report-card.html"), "<script"))
  }

  @Test func codesMapsAndSearches() throws {
    let scratch = try trained()
    try writePictures(scratch)
    let (run, count) = ("run\(folder)", HostileNames.ofFiles.count)
    let names = Set(HostileNames.ofFiles.map { Array("photos/\($0)/\($0).png".utf8) })
    expectHarmless(
      try scratch.hourglass("transform", run, "--data", "photos", "--label-column", "--out", "codes.csv"))
    let codes = rows(ofTable: try scratch.read("codes.csv"))
    #expect(codes.count == count + 1 && codes.allSatisfy { $0.count == 34 })
    #expect(Set(codes.dropFirst().map { Array($0[33].utf8) }) == names)

    expectHarmless(
      try scratch.hourglass(
        "project", run, "--data", "photos", "--method", "pca", "--out", "map\u{600}.html", "--json"))
    let page = try text(scratch, "map\u{600}.html")
    #expect(occurrences(of: "<script", in: page) == 2 && holds(page, "script-src 'sha256-"))
    let map = rows(ofTable: try scratch.read("map\u{600}.csv"))
    #expect(map.count == count + 1 && map.allSatisfy { $0.count == map[0].count })

    let query = "photos/\(HostileNames.ofFiles[0])/\(HostileNames.ofFiles[0]).png"
    expectHarmless(try scratch.hourglass("index", run, "--data", "photos", "--out", "an.index", "--json"))
    expectHarmless(
      try scratch.hourglass("search", "an.index", query, "-k", "\(count)", "--out", "found.html", "--json"))
    #expect(!holds(try text(scratch, "found.html"), "<script"))
    // A line for the head and each result, no more.
    let listed = try scratch.hourglass("search", "an.index", query, "-k", "\(count)", "--out", "found.csv")
    expectHarmless(listed)
    #expect(listed.output.split(separator: "\n").count == count + 1, "\(listed.output)")
    let found = rows(ofTable: try scratch.read("found.csv"))
    #expect(found.count == count + 1 && Set(found.dropFirst().map { Array($0[4].utf8) }) == names)
  }

  @Test func detectsInTables() throws {
    let scratch = try Scratch(data: false)
    var random = RandomNumbers(seed: 5, purpose: .sampling)
    let columns = Array(HostileNames.all.prefix(16))
    var lines = [(columns + ["kind\u{600}"]).map(\.quotedTableCell).joined(separator: ",")]
    for row in 0..<400 {
      let value = random.normal()
      let cells = columns.indices.map { _ in
        "\(row % 40 == 7 ? 9 * random.normal() : value + 0.1 * random.normal())"
      }
      lines.append(
        (cells + [HostileNames.all[row % HostileNames.all.count].quotedTableCell]).joined(separator: ","))
    }
    let file = "\(folder).csv"
    try scratch.write(lines.joined(separator: "\n") + "\n", file)
    expectHarmless(
      try scratch.hourglass(
        "detect", "fit", file, "--epochs", "5", "--separator", ",", "--out", "run\(folder)", "--json"))
    let page = try text(scratch, "run\(folder)/report.html")
    #expect(!holds(page, "<script") && !holds(page, "<i>"))
    #expect(!page.unicodeScalars.contains { $0.isControlling && !"\t\n\r".unicodeScalars.contains($0) })
    expectHarmless(
      try scratch.hourglass(
        "detect", "score", "run\(folder)", file, "--above", "3", "--out", "scores.csv", "--json"))
    let known = Set((columns + ["kind\u{600}", ""]).map { Array($0.utf8) })
    for table in ["run\(folder)/scores.csv", "scores.csv"] {
      let scores = rows(ofTable: try scratch.read(table))
      #expect(scores.count > 100 && scores.allSatisfy { $0.count == scores[0].count })
      let place = try #require(scores[0].firstIndex(of: "column1"))
      #expect(scores.dropFirst().allSatisfy { known.contains(Array($0[place].utf8)) })
      #expect(scores.dropFirst().contains { !$0[place].isEmpty }, "\(scores.filter { $0[2] == "1" })")
    }
  }

  /// What is refused is said on one line.
  @Test func refusals() throws {
    let scratch = try Scratch(data: false)
    let name = "\u{1B}[31m\u{9B}2J\u{202E}a\nerror: b"
    for arguments in [
      ["train", name], ["train", "vae", "--data", name], ["train", "vae", "--set", name],
      ["train", "vae", "--set", "\(name)=1"], ["data", "./\(name)"], ["summary", "\(name).yaml"], [name],
      ["train", "vae", "--\(name)"], ["detect", "fit", name], ["transform", name], ["denoise", name],
    ] {
      let outcome = try scratch.hourglass(arguments)
      #expect(outcome.status != 0 && !outcome.isSignalled)
      #expect(outcome.complaints.count == 1, "\(arguments): \(outcome.errors)")
      #expect(isFitForTerminal(outcome.errors), "\(outcome.errors.debugDescription)")
    }
  }
}
