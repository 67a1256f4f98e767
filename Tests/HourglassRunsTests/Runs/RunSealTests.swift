import Foundation
import HourglassBase
import HourglassRuns
import HourglassTestSupport
import Testing

@Suite struct RunSealTests {
  private let scratch = ScratchFolder()
  private var folder: RunFolder { RunFolder("\(scratch.path)/run") }

  /// The folder of a run, as far as files go.
  private func makeRun() throws {
    let files = FileManager.default
    try files.createDirectory(atPath: "\(folder.path)/figures", withIntermediateDirectories: true)
    for (name, text) in [
      ("recipe.yaml", "name: x"), ("model.safetensors", "weights"), ("figures/curve.svg", "<svg/>"),
      ("odd\\na\nme", "?"), (".lock", ""),
    ] {
      try text.write(toFile: "\(folder.path)/\(name)", atomically: false, encoding: .utf8)
    }
  }

  private func write(_ text: String, to name: String) throws {
    try text.write(toFile: "\(folder.path)/\(name)", atomically: false, encoding: .utf8)
  }

  @Test func theListIsThatOfSha256sum() throws {
    try makeRun()
    let seal = try RunSeal(of: folder)
    try seal.write()
    #expect(seal.count == 4)
    let text = try String(contentsOfFile: RunSeal.path(folder), encoding: .utf8)
    #expect(
      text.components(separatedBy: "\n").prefix(2) == [
        "d4dc56669143034f31aa309635d4113d9ad76a02b1739da22c965ed2049be9e6  figures/curve.svg",
        "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c  model.safetensors",
      ])
    let check = Process()
    check.executableURL = URL(filePath: "/usr/bin/env")
    check.arguments = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    check.currentDirectoryURL = URL(filePath: folder.path)
    try check.run()
    check.waitUntilExit()
    #expect(check.terminationStatus == 0)
    let (differences, later) = try #require(try RunSeal.read(folder)).check()
    #expect(differences.isEmpty && later.isEmpty)
  }

  @Test func whatChangesIsFound() throws {
    try makeRun()
    #expect(try RunSeal.read(folder) == nil)
    try RunSeal(of: folder).write()
    try write("other weights", to: "model.safetensors")
    try FileManager.default.removeItem(atPath: "\(folder.path)/figures/curve.svg")
    try write("a page", to: "report.html")
    // What cannot be read does no harm, as it came later.
    try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/gone", withDestinationPath: "nowhere")
    let (differences, later) = try #require(try RunSeal.read(folder)).check()
    #expect(differences == ["figures/curve.svg is missing", "model.safetensors has changed"])
    #expect(later == ["gone", "report.html"])
    try FileManager.default.removeItem(atPath: "\(folder.path)/gone")
    // Locking again takes them as they are.
    try RunSeal(of: folder).write()
    #expect(try #require(try RunSeal.read(folder)).check().differences.isEmpty)
  }

  @Test func aDamagedListIsRefused() throws {
    try makeRun()
    let digest = String(repeating: "a", count: 64)
    for text in [
      "x", "\(digest)", "\(digest) recipe.yaml", "\(digest.uppercased())  recipe.yaml", "\(digest)  ",
      "\(digest.dropLast())  recipe.yaml",
    ] {
      try write("\(digest)  recipe.yaml\n\(text)\n", to: "SHA256SUMS")
      expectSentence(["SHA256SUMS is damaged (line 2"], .badData) { _ = try RunSeal.read(folder) }
    }
    // As sha256sum --binary writes it.
    try write("\(digest) *recipe.yaml\n", to: "SHA256SUMS")
    #expect(
      try #require(try RunSeal.read(folder)).check().differences == ["recipe.yaml has changed"])
    expectSentence(["There is no run in"], .usage) { _ = try RunSeal(of: RunFolder(scratch.path)) }
  }
}
