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

  /// The file of the very name is the original even where others have the same stem.
  @Test func originalsHaveTheSameName() throws {
    let scratch = ScratchFolder()
    for name in ["a.jpg", "a.png", "in/b.jpeg", "c.v2.png", "d.txt"] { try scratch.write([], name) }
    let folder = scratch.path
    for (name, found) in [
      ("a.jpg", "a.jpg"), ("a.png", "a.png"), ("a.JPEG", "a.png"), ("in/b.png", "in/b.jpeg"),
      ("c.v2.jpg", "c.v2.png"),
    ] {
      #expect(try PictureTree.original(of: name, in: folder) == "\(folder)/\(found)")
      #expect(try PictureTree.original(of: name, in: "\(folder)/") == "\(folder)/\(found)")
    }
    for name in ["b.png", "c.png", "d.png"] {
      let error = thrownError { _ = try PictureTree.original(of: name, in: folder) }
      #expect(error.code == .badData)
      #expect(
        error.message
          == "\(folder) has no original of it; give a folder with pictures of the same names as the originals."
      )
    }
  }

  /// What cannot be written becomes PNG, and takes no other picture's place.
  @Test func outputsHaveNamesThatCanBeWritten() throws {
    let scratch = ScratchFolder()
    for name in ["a.webp", "b.jfif", "c.PNG", "c.webp", "c.webp.png", "in/d.WebP", "e.gif", "f.png/g.webp"] {
      try scratch.write([], name)
    }
    let tree = try PictureTree(scratch.path)
    #expect(
      tree.pictures == ["a.webp", "b.jfif", "c.PNG", "c.webp", "c.webp.png", "f.png/g.webp", "in/d.WebP"])
    #expect(
      tree.outputs == ["a.png", "b.jfif", "c.PNG", "c.webp-2.png", "c.webp.png", "f.png/g.png", "in/d.png"])
    #expect(tree.others == ["e.gif"])
  }
}
