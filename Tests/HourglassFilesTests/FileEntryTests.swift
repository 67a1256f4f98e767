import Foundation
import HourglassBase
import HourglassFiles
import HourglassTestSupport
import Testing

/// Absent is only what the system says is not there.
@Suite struct FileEntryTests {
  private let scratch = ScratchFolder()

  private func link(_ name: String, to target: String) throws -> String {
    let path = "\(scratch.path)/\(name)"
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    return path
  }

  @Test func tellsWhatLiesThere() throws {
    let file = try scratch.write("text", "file")
    #expect(try FileEntry.at(file) == .file)
    #expect(try FileEntry.at(scratch.path) == .folder)
    #expect(try FileEntry.at("/dev/null") == .other)
    #expect(try FileEntry.at("\(scratch.path)/none") == nil)
    #expect(try FileEntry.at("\(file)/inner") == nil)
    #expect(try FileEntry.at("") == nil)
    #expect(try FileEntry.at(link("there", to: "file")) == .file)
    #expect(try FileEntry.at(link("nowhere", to: "none")) == nil)
    #expect(try Folder(scratch.path).exists == true)
    #expect(try Folder(file).exists == false)
  }

  @Test func whatItCannotKnowItSays() throws {
    let circle = try link("circle", to: "circle")
    expectSentence(["circle cannot be examined: ", systemMessage(ELOOP)], .environment) {
      _ = try FileEntry.exists(circle)
    }
    expectSentence(["cannot be examined: ", systemMessage(ENAMETOOLONG)], .environment) {
      _ = try FileEntry.exists("\(scratch.path)/\(String(repeating: "n", count: 300))")
    }
    expectSentence(["zero byte"], .usage) { _ = try FileEntry.exists("a\0b") }
  }

  @Test(arguments: [EIO, EACCES, ESTALE])
  func aFailureToLookIsNotAbsence(_ number: Int32) throws {
    let file = try scratch.write("text", "file")
    expectSentence(["file cannot be examined: \(systemMessage(number))"], .environment) {
      try FileFaults.failing(.look, at: file, number) { _ = try FileEntry.exists(file) }
    }
    expectSentence(["cannot be examined: \(systemMessage(number))"], .environment) {
      try FileFaults.failing(.list, at: scratch.path, number) { _ = try FileEntry.names(in: scratch.path) }
    }
    let isThere = try FileFaults.failing(.look, at: file, EINTR, times: 5) { try FileEntry.exists(file) }
    #expect(isThere)
  }

  @Test func tellsWhereALinkLeads() throws {
    let file = try scratch.write("text", "file")
    let place = try #require(try FileEntry.realPath(file))
    #expect(place.hasPrefix("/") && place.hasSuffix("/file"))
    #expect(try FileEntry.realPath(link("there", to: "file")) == place)
    #expect(try FileEntry.realPath("\(scratch.path)/none") == nil)
    expectSentence(["file cannot be examined: \(systemMessage(EACCES))"], .environment) {
      try FileFaults.failing(.look, at: file, EACCES) { _ = try FileEntry.realPath(file) }
    }
  }

  @Test func listsNames() throws {
    for name in ["b", "a", ".hidden", "\u{e4}"] { try scratch.write("", name) }
    #expect(try FileEntry.names(in: scratch.path) == [".hidden", "a", "b", "\u{e4}"])
    #expect(try FileEntry.names(in: "\(scratch.path)/none") == nil)
    #expect(try FileEntry.names(in: "\(scratch.path)/a") == nil)
  }

  @Test(arguments: [FileCall.open, .read, .look])
  func readersSayWhy(_ call: FileCall) throws {
    let file = try scratch.write("text", "file")
    for number in [EIO, ESTALE] {
      expectSentence([file, systemMessage(number)], .environment) {
        try FileFaults.failing(call, at: file, number) { _ = try BoundedFile.read(file, limit: 10) }
      }
      expectSentence([file, systemMessage(number)], .environment) {
        try FileFaults.failing(call, at: file, number) { _ = try sha256Hex(file: file) }
      }
    }
    let bytes = try FileFaults.failing(call, at: file, EINTR, times: 2) {
      try BoundedFile.read(file, limit: 10)
    }
    #expect(bytes == Array("text".utf8))
  }
}
