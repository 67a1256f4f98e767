import Foundation
import HourglassBase
import HourglassFiles
import HourglassTestSupport
import Synchronization
import Testing

/// Locks, and names that are taken at once.
@Suite struct FileLockTests {
  private let scratch = ScratchFolder()
  private var path: String { "\(scratch.path)/.lock" }

  private func lock(waiting: (() throws -> Void)? = nil) throws -> FileLock {
    try FileLock(path, of: "place", work: "writing into", waiting: waiting)
  }

  @Test func keepsASecondOneOut() throws {
    let first = try lock()
    expectSentence(["Another process is writing into place", "wait for it"], .environment) { _ = try lock() }
    #expect(first.isHeld && first.note == nil && scratch.names() == [".lock"])
    first.release()
    #expect(scratch.names() == [])
    let second = try lock()
    // Released long ago, it must not remove what is another's.
    first.release()
    #expect(scratch.names() == [".lock"])
    second.release()
  }

  @Test func othersSeeWhetherItIsHeld() throws {
    #expect(try !FileLock.isHeld(path) && scratch.names() == [])
    let first = try lock()
    #expect(try FileLock.isHeld(path) && FileLock.isHeld(path))
    first.release()
    // As a killed process leaves it.
    try scratch.write("", ".lock")
    #expect(try !FileLock.isHeld(path))
    try lock().release()
    FileFaults.failing(.open, at: path, EACCES) {
      expectSentence([path], .environment) { _ = try FileLock.isHeld(path) }
    }
  }

  @Test func endsWithItsValue() throws {
    do { _ = try lock() }
    #expect(scratch.names() == [])
    try lock().release()
  }

  @Test func waitsAsLongAsItIsTold() throws {
    let first = try lock()
    var looks = 0
    let second = try lock {
      looks += 1
      if looks == 3 { first.release() }
    }
    #expect(looks >= 3 && second.isHeld && scratch.names() == [".lock"])
    struct Stop: Error {}
    #expect(throws: Stop.self) { _ = try lock { throw Stop() } }
    second.release()
  }

  /// Each change reads a number and writes the next one; none is lost, though the lock's file comes and goes.
  @Test func changesTakeTurns() async throws {
    let file = try scratch.write("0", "number")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<25 {
            let lock = try FileLock(beside: file, work: "changing", waiting: {})
            let number = Int(String(decoding: try BoundedFile.read(file, limit: 10), as: UTF8.self)) ?? 0
            try AtomicFile.write("\(number + 1)", to: file)
            lock.release()
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try scratch.read("number") == Array("100".utf8))
    #expect(scratch.names() == ["number"])
  }

  /// A link and what it leads to are one file.
  @Test func followsLinks() throws {
    let file = try scratch.write("0", "inner/number")
    let link = "\(scratch.path)/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "inner/number")
    let first = try FileLock(beside: link, work: "changing")
    expectSentence(["Another process is changing"]) { _ = try FileLock(beside: file, work: "changing") }
    first.release()
    #expect(scratch.names() == ["inner", "link"] && scratch.names(in: "inner") == ["number"])
  }

  @Test(arguments: [ENOLCK, ENOTSUP, EOPNOTSUPP, ENOSYS])
  func aDiskWithoutLocksStopsNobody(_ number: Int32) throws {
    let lock = try FileFaults.failing(.lock, at: path, number) { try self.lock() }
    #expect(!lock.isHeld && lock.note?.contains("The file system of place has no locks") == true)
    expectSentence(["place cannot be locked", systemMessage(EIO)], .environment) {
      try FileFaults.failing(.lock, at: path, EIO) { _ = try self.lock() }
    }
    let interrupted = try FileFaults.failing(.lock, at: path, EINTR, times: 2) { try self.lock() }
    #expect(interrupted.isHeld)
  }

  /// Neither a disk that fails nor one that says again and again that the file is gone is waited for.
  @Test func aFailingDiskEndsTheWait() throws {
    for (call, number) in [(FileCall.look, EIO), (.look, ESTALE), (.lock, ESTALE)] {
      expectSentence(["place cannot be locked", systemMessage(number)], .environment) {
        try FileFaults.failing(call, at: path, number) { _ = try self.lock(waiting: {}) }
      }
    }
    let lock = try FileFaults.failing(.look, at: path, ESTALE, times: 3) { try self.lock() }
    #expect(lock.isHeld)
  }

  /// A link is not what it leads to.
  @Test func aLinkIsNoLock() throws {
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "elsewhere")
    expectSentence(["place cannot be written"], .environment) { _ = try lock() }
    #expect(!scratch.exists("elsewhere"))
  }

  // MARK: - Names

  @Test func oneOfManyTakesAName() async throws {
    let folder = Folder("\(scratch.path)/some/where/name")
    let taken = try await withThrowingTaskGroup(of: Bool.self) { group -> Int in
      for _ in 0..<16 { group.addTask { try folder.take() } }
      var count = 0
      for try await isTaken in group where isTaken { count += 1 }
      return count
    }
    #expect(taken == 1)
    folder.removeIfEmpty()
    #expect(try folder.take())
    try scratch.write("mine", "some/where/name/file")
    folder.removeIfEmpty()
    #expect(try !folder.take())
    #expect(try folder.exists == true)
  }

  @Test func whatIsThereIsTaken() throws {
    let file = try scratch.write("mine", "file")
    #expect(try !Folder(file).take())
    let link = "\(scratch.path)/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "nowhere")
    #expect(try !Folder(link).take())
    #expect(!scratch.exists("nowhere"))
    expectSentence(["file is a file, but must be a folder"], .environment) { try Folder(file).create() }
    expectSentence(["cannot be made (\(systemMessage(ENOSPC)))"], .environment) {
      try FileFaults.failing(.make, at: "\(scratch.path)/new", ENOSPC) {
        try Folder("\(scratch.path)/new").create()
      }
    }
  }
}
