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
