import Foundation
import HourglassFiles
import HourglassTestSupport
import Testing

struct BoundedFileTests {
  @Test func readsUpToTheLimit() throws {
    try withScratchFolder { folder in
      let path = folder + "/a"
      try AtomicFile.write([1, 2, 3], to: path)
      #expect(try BoundedFile.read(path, limit: 3) == [1, 2, 3])
      let error = thrownError { _ = try BoundedFile.read(path, limit: 2) }
      #expect(error.code == .badData)
      #expect(
        error.message
          == "Cannot read \(path): it holds 3 bytes and the limit is 2; use a smaller file.")
      try AtomicFile.write("", to: path)
      #expect(try BoundedFile.read(path, limit: 0) == [])
    }
  }

  @Test func refusesWhatIsNoFile() throws {
    try withScratchFolder { folder in
      let missing = thrownError { _ = try BoundedFile.read(folder + "/none", limit: 9) }
      #expect(missing.code == .environment)
      #expect(
        missing.message
          == "Cannot read \(folder)/none: there is no such file; check the path.")
      #expect(
        thrownError { _ = try BoundedFile.read(folder, limit: 9) }.message
          == "Cannot read \(folder): it is a folder; name a file inside it.")
      let pipe = folder + "/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      #expect(
        thrownError { _ = try BoundedFile.read(pipe, limit: 9) }.message
          == "Cannot read \(pipe): it is not a regular file; copy its contents to a file first.")
      #expect(
        thrownError { _ = try BoundedFile.read("", limit: 9) }.message
          == "The path of a file is empty; name a file.")
    }
  }

  @Test func refusesAnUnreadableFile() async {
    await #expect(processExitsWith: .success) {
      try withScratchFolder { folder in
        let path = folder + "/a"
        try AtomicFile.write("secret", to: path)
        chmod(path, 0)
        chmod(folder, 0o755)
        let user = geteuid()
        if user == 0 { seteuid(65534) }
        defer { seteuid(user) }
        #expect(
          thrownError { _ = try BoundedFile.read(path, limit: 9) }.message
            == "Cannot read \(path): it is not readable; change its permissions.")
      }
    }
  }
}
