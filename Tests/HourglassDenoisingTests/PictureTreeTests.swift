import Foundation
import HourglassDenoising
import HourglassTestSupport
import Testing

@Suite struct PictureTreeTests {
  /// There are more paths than could ever be listed.
  @Test func foldersOfLinksAreListedOnce() throws {
    let scratch = ScratchFolder()
    try scratch.write([], "a/b.png")
    for index in 0..<45 {
      try FileManager.default.createSymbolicLink(
        atPath: "\(scratch.path)/a/link\(index)", withDestinationPath: scratch.path)
    }
    let tree = try PictureTree(scratch.path)
    #expect(tree.pictures == ["a/b.png"] && tree.others.isEmpty)
  }
}
