import Foundation
import HourglassBase
import HourglassFiles
import HourglassTestSupport
import Testing

struct AtomicFileTests {
  private static func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test func writesAndReplaces() throws {
    try withScratchFolder { folder in
      let path = folder + "/a.txt"
      try AtomicFile.write("first, longer than the next", to: path)
      try AtomicFile.write([UInt8]("second".utf8), to: path)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "second")
      #expect(try Self.names(in: folder) == ["a.txt"])
    }
  }

  @Test func writesChunksInOrder() throws {
    try withScratchFolder { folder in
      let path = folder + "/chunks"
      try AtomicFile.write(to: path) { file in
        for chunk in 0..<100 { try file.write(Array(repeating: UInt8(chunk), count: chunk)) }
        try file.write("end")
      }
      let expected = (0..<100).flatMap { Array(repeating: UInt8($0), count: $0) } + Array("end".utf8)
      #expect(try BoundedFile.read(path, limit: 1 << 20) == expected)
    }
  }

  @Test func abandonedFileLeavesTheOldOne() throws {
    try withScratchFolder { folder in
      let path = folder + "/a.txt"
      try AtomicFile.write("old", to: path)
      let error = thrownError {
        try AtomicFile.write(to: path) { file in
          try file.write("half of the new")
          throw HourglassError(.notFinite, "training stopped")
        }
      }
      #expect(error.message == "training stopped.")
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
      #expect(try Self.names(in: folder) == ["a.txt"])
    }
  }

  @Test func keepsPermissionsAndFollowsLinks() throws {
    try withScratchFolder { folder in
      let (path, link) = (folder + "/a.txt", folder + "/link")
      try AtomicFile.write("old", to: path)
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "a.txt")
      try AtomicFile.write("new", to: link)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "a.txt")
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o640)
    }
  }

  /// Also to what is not there yet, by way of other folders.
  @Test func followsLinksThatLeadNowhere() throws {
    let scratch = ScratchFolder()
    let outer = "\(scratch.path)/outer"
    try FileManager.default.createSymbolicLink(atPath: outer, withDestinationPath: "inner/next")
    try scratch.folder("inner")
    try FileManager.default.createSymbolicLink(
      atPath: "\(scratch.path)/inner/next", withDestinationPath: "../target/file")
    let missing = thrownError { try AtomicFile.write("new", to: outer) }
    #expect(missing.says("Cannot write \(outer): there is no folder", "target; create it"), "\(missing)")
    try scratch.folder("target")
    for text in ["new", "newer"] {
      try AtomicFile.write(text, to: outer)
      #expect(try scratch.read("target/file") == Array(text.utf8))
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: outer) == "inner/next")
    }
    #expect(scratch.names(in: "target") == ["file"] && scratch.names(in: "inner") == ["next"])
    let circle = "\(scratch.path)/circle"
    try FileManager.default.createSymbolicLink(atPath: circle, withDestinationPath: "circle")
    #expect(thrownError { try AtomicFile.write("", to: circle) }.says("Cannot write \(circle)"))
  }

  @Test(arguments: [FileCall.look, .open, .write, .flush, .rename], [EIO, ENOSPC])
  func aFailureLeavesTheOldFile(_ call: FileCall, _ number: Int32) throws {
    let scratch = ScratchFolder()
    let path = try scratch.write("old", "a")
    let place = call == .open ? "\(scratch.path)/" : path
    let error = thrownError {
      try FileFaults.failing(call, at: place, number) { try AtomicFile.write("new", to: path) }
    }
    #expect(error.code == .environment && error.says(path))
    #expect(try scratch.read("a") == Array("old".utf8) && scratch.names() == ["a"])
    try FileFaults.failing(call, at: place, EINTR, times: 2) { try AtomicFile.write("new", to: path) }
    #expect(try scratch.read("a") == Array("new".utf8) && scratch.names() == ["a"])
  }

  /// The rename is done by then; only its flush is not.
  @Test func aFolderThatCannotBeFlushedIsToldOf() throws {
    let scratch = ScratchFolder()
    let path = try scratch.write("old", "a")
    let error = thrownError {
      try FileFaults.failing(.flush, at: scratch.path, EIO) { try AtomicFile.write("new", to: path) }
    }
    #expect(error.code == .environment)
    #expect(error.says("\(path) is written, but may not survive a power cut", systemMessage(EIO)), "\(error)")
    #expect(try scratch.read("a") == Array("new".utf8) && scratch.names() == ["a"])
    // A folder that cannot be flushed by its nature is no failure.
    try FileFaults.failing(.flush, at: scratch.path, EINVAL) { try AtomicFile.write("newer", to: path) }
  }

  /// What cannot be opened to be flushed may be a folder that nobody may list, or a disk that fails.
  @Test func aFolderThatCannotBeOpenedIsToldOf() throws {
    let scratch = ScratchFolder()
    let path = try scratch.write("old", "a")
    for number in [EIO, EMFILE, ESTALE] {
      let error = thrownError {
        try FileFaults.failing(.open, at: scratch.path, number) { try AtomicFile.write("new", to: path) }
      }
      #expect(error.says("\(path) is written, but may not survive a power cut", systemMessage(number)))
      #expect(try scratch.read("a") == Array("new".utf8) && scratch.names() == ["a"])
    }
    try FileFaults.failing(.open, at: scratch.path, EACCES) { try AtomicFile.write("newer", to: path) }
  }

  @Test func acceptsTheLongestName() throws {
    try withScratchFolder { folder in
      let path = folder + "/" + String(repeating: "n", count: 255)
      try AtomicFile.write("text", to: path)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "text")
    }
  }

  @Test func refusesImpossiblePaths() throws {
    try withScratchFolder { folder in
      try AtomicFile.write("text", to: folder + "/file")
      let missing = thrownError { try AtomicFile.write("", to: folder + "/none/a") }
      #expect(missing.code == .environment)
      #expect(
        missing.message
          == "Cannot write \(folder)/none/a: there is no folder \(folder)/none; "
          + "create it, or choose another output.")
      #expect(
        thrownError { try AtomicFile.write("", to: folder) }.message
          == "Cannot write \(folder): it is a folder; "
          + "name a file inside it, or choose another output.")
      #expect(
        thrownError { try AtomicFile.write("", to: folder + "/file/a") }.message
          == "Cannot write \(folder)/file/a: \(folder)/file is not a folder; "
          + "choose another output.")
      #expect(
        thrownError { try AtomicFile.write("", to: "/dev/null") }.message
          == "Cannot write /dev/null: it is not a regular file; choose another output.")
      #expect(
        thrownError { try AtomicFile.write("", to: "") }.message
          == "The path of a file is empty; name a file.")
      #expect(
        thrownError { try AtomicFile.write("", to: "a\0b") }.message
          == "The path \"a\\u{0}b\" contains a zero byte; name a file without it.")
    }
  }

  // The next tests change the whole process (its limits, its user, its mounts), so each runs in one of its own.

  @Test func fileSizeLimitLeavesTheOldFile() async {
    await #expect(processExitsWith: .success) {
      try withScratchFolder { folder in
        let path = folder + "/a"
        try AtomicFile.write("old", to: path)
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
        #if canImport(Darwin)
          setrlimit(RLIMIT_FSIZE, &limit)
        #else
          setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        #endif
        // The first 1000 bytes go through as a short write.
        let error = thrownError { try AtomicFile.write([UInt8](repeating: 1, count: 5000), to: path) }
        #expect(
          error.message
            == "Cannot write \(path): the file grew past the size the system allows; "
            + "raise the limit (ulimit -f), or choose another output.")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
        #expect(try Self.names(in: folder) == ["a"])
      }
    }
  }

  @Test func readOnlyFolderAndFile() async {
    await #expect(processExitsWith: .success) {
      try withScratchFolder { folder in
        let path = folder + "/a"
        try AtomicFile.write("old", to: path)
        chmod(path, 0o444)
        chmod(folder, 0o555)
        // Permissions do not bind the superuser.
        let user = geteuid()
        if user == 0 { seteuid(65534) }
        for (target, reason) in [(path, "a file"), (folder + "/new", "a folder")] {
          #expect(
            thrownError { try AtomicFile.write("new", to: target) }.message
              == "Cannot write \(target): the file or its folder \(folder) is not writable; "
              + "change the permissions, or choose another output.", "\(reason)")
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
        seteuid(user)
        chmod(folder, 0o755)
      }
    }
  }

  #if os(Linux)
    @Test(.enabled(if: geteuid() == 0, "mounting needs the superuser"))
    func fullDiskLeavesTheOldFile() async {
      await #expect(processExitsWith: .success) {
        try withScratchFolder { folder in
          guard mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0 else { return }
          defer { umount(folder) }
          let path = folder + "/a"
          try AtomicFile.write("old", to: path)
          let error = thrownError { try AtomicFile.write([UInt8](repeating: 1, count: 1 << 20), to: path) }
          #expect(error.code == .environment)
          #expect(
            error.message
              == "Cannot write \(path): the disk is full; "
              + "free some space, or choose another output.")
          #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
          #expect(try Self.names(in: folder) == ["a"])
        }
      }
    }
  #endif
}
