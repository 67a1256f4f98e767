import Foundation
import HourglassBase
import HourglassFiles
import HourglassTestSupport
import Testing

@Suite struct FolderWalkTests {
  @Test func foldersAreEnteredOnce() throws {
    let scratch = ScratchFolder()
    try scratch.folder("a")
    try FileManager.default.createSymbolicLink(
      atPath: "\(scratch.path)/b", withDestinationPath: "\(scratch.path)/a")
    var walk = FolderWalk()
    #expect(try walk.enter(scratch.path, depth: 0))
    #expect(try walk.enter("\(scratch.path)/a", depth: 1))
    #expect(try !walk.enter("\(scratch.path)/b", depth: 1))
    #expect(try !walk.enter("\(scratch.path)/a/..", depth: 2))
  }

  /// A folder that might be one of those before is not walked through twice for want of an answer.
  @Test func aFolderThatCannotBeExaminedEndsTheWalk() throws {
    let scratch = ScratchFolder()
    var walk = FolderWalk()
    expectSentence(["\(scratch.path) cannot be examined: \(systemMessage(EIO))"], .environment) {
      try FileFaults.failing(.look, at: scratch.path, EIO) { _ = try walk.enter(scratch.path, depth: 0) }
    }
    let isNew = try FileFaults.failing(.look, at: scratch.path, EINTR, times: 2) {
      try walk.enter(scratch.path, depth: 0)
    }
    #expect(isNew)
  }

  @Test func depthAndCountAreBounded() throws {
    var walk = FolderWalk()
    #expect(
      thrownError { _ = try walk.enter("/deep", depth: 17) }.says("/deep lies more than 16 folders deep"))
    try walk.count(FolderWalk.Limits.entries, in: "/many")
    #expect(thrownError { try walk.count(1, in: "/more") }.says("/more and what was listed before"))
  }

  @Test func filesLargerThanMemoryAreRefused() throws {
    let scratch = ScratchFolder()
    let path = try scratch.write([1, 2, 3], "a")
    #expect(try BoundedFile.read(path, limit: 9, budget: MemoryBudget(bytes: 3)) == [1, 2, 3])
    let error = thrownError { _ = try BoundedFile.read(path, limit: 9, budget: MemoryBudget(bytes: 2)) }
    #expect(error.code == .environment && error.says("takes 3 bytes of memory", "2 bytes are left"))
  }
}
