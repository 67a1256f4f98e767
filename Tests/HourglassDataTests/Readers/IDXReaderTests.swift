import Foundation
import HourglassBase
import HourglassData
import HourglassTestSupport
import Testing

struct IDXReaderTests {
  private let directory = ScratchFolder()

  @Test(arguments: [false, true]) func readsImages(compressed: Bool) throws {
    let bytes = imageFile(3, 2, 4)
    // The name says the opposite of the content, which alone must count.
    let path = try directory.write(compressed ? gzip(bytes) : bytes, compressed ? "images" : "images.dat")
    let images = try IDXReader.images(path: path)
    #expect(images.count == 3)
    #expect(images.shape == [1, 2, 4])
    #expect(images.element == .byte(scale: 1 / 255))
    #expect(images.sample(2) == (16..<24).map { Float($0) * (1 / 255) })
  }

  @Test(arguments: [false, true]) func readsLabels(compressed: Bool) throws {
    let bytes = labelFile([3, 1, 255])
    let path = try directory.write(compressed ? gzip(bytes) : bytes, "labels")
    #expect(try IDXReader.labels(path: path) == [3, 1, 255])
  }

  /// What deflates well: 100,000 equal labels, written with Huffman codes by another program.
  @Test func readsReallyCompressedData() throws {
    let base64 =
      "H4sIAAAAAAACA+3BMQEAMAgDsHIN5ehA6mxwJEm6UrMP" + String(repeating: "A", count: 128) + "OOsDHMw7vKiGAQA="
    let bytes = try #require(Data(base64Encoded: base64))
    let path = try directory.write(Array(bytes), "labels.gz")
    #expect(try IDXReader.labels(path: path) == [UInt8](repeating: 7, count: 100_000))
  }

  @Test func readsGzipOfSeveralMembers() throws {
    let bytes = imageFile(1, 300, 300)
    let path = try directory.write(
      gzip(Array(bytes[..<7])) + gzip([]) + gzip(Array(bytes[7...])), "images.gz")
    let images = try IDXReader.images(path: path)
    #expect(images.sample(0)[299] == Float(299 - 256) * (1 / 255))
  }

  @Test func refusesAMissingFile() throws {
    let error = thrownError { _ = try IDXReader.images(path: "\(directory.path)/nowhere") }
    #expect(error.code == .environment)
    #expect(error.says("/nowhere does not exist", "check the name"))
  }

  @Test func refusesAFileThatCannotBeOpened() throws {
    let path = "\(directory.path)/circle"
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path)
    let error = thrownError { _ = try IDXReader.images(path: path) }
    #expect(error.code == .environment)
    #expect(error.says("/circle cannot be opened: ", "permissions"))
  }

  @Test(.enabled(if: geteuid() != 0, "the administrator may read everything"))
  func refusesAFileWithoutPermission() throws {
    let path = try directory.write([1], "secret")
    chmod(path, 0)
    let error = thrownError { _ = try IDXReader.images(path: path) }
    #expect(error.says("/secret cannot be opened: Permission denied", "permissions"))
  }

  @Test func refusesADirectoryAndAPipe() throws {
    let error = thrownError { _ = try IDXReader.images(path: directory.path) }
    #expect(error.code == .environment)
    #expect(error.says(directory.path, "is a directory", "give the name of a file"))
    let pipe = "\(directory.path)/pipe"
    mkfifo(pipe, 0o600)
    let other = thrownError { _ = try IDXReader.labels(path: pipe) }
    #expect(other.says("/pipe is a pipe or a device", "give the name of a file"))
  }

  /// A malformed file and the pieces its message must have besides the name.
  struct Malformed: CustomTestStringConvertible, Sendable {
    let name: String
    let bytes: [UInt8]
    var asLabels = false
    let pieces: [String]

    var testDescription: String { name }
  }

  private static let again = "fetch or export the file again"

  static let malformed: [Malformed] = [
    Malformed(name: "empty", bytes: [], pieces: ["is empty (0 bytes)", again]),
    Malformed(name: "start-of-magic", bytes: [0, 0], pieces: ["has 2 bytes", "the 16 of", again]),
    Malformed(
      name: "short-header", bytes: Array(imageFile(1, 2, 2).prefix(13)),
      pieces: ["has 13 bytes", "16", again]),
    Malformed(
      name: "short-header.gz", bytes: gzip(Array(imageFile(1, 2, 2).prefix(13))),
      pieces: ["has 13 bytes", "16", again]),
    Malformed(
      name: "short-labels", bytes: [0, 0, 8, 1, 0], asLabels: true,
      pieces: ["has 5 bytes", "the 8 of", again]),
    Malformed(
      name: "short-data", bytes: imageFile(2, 2, 2).dropLast(),
      pieces: ["declares 2 images of 2 x 2 (8 bytes) but holds 7", again]),
    Malformed(
      name: "short-data.gz", bytes: gzip(imageFile(2, 2, 2).dropLast()),
      pieces: ["declares 2 images of 2 x 2 (8 bytes) but holds 7", again]),
    Malformed(
      name: "short-label-data", bytes: labelFile([1, 2]).dropLast(), asLabels: true,
      pieces: ["declares 2 labels (2 bytes) but holds 1", again]),
    Malformed(
      name: "long-data", bytes: imageFile(2, 2, 2) + [0],
      pieces: ["is longer than it says", "2 images of 2 x 2 (8 bytes)", again]),
    Malformed(
      name: "long-data.gz", bytes: gzip(imageFile(2, 2, 2) + [0]),
      pieces: ["is longer than it says", "2 images of 2 x 2 (8 bytes)", again]),
    Malformed(
      name: "page.gz", bytes: Array("<html>404".utf8),
      pieces: ["is not gzip data in spite of its name", "3c 68 74 6d", again]),
    Malformed(
      name: "picture", bytes: [0x89, 0x50, 0x4e, 0x47, 1, 2, 3, 4],
      pieces: ["its magic number is 0x89504e47, not 0x00000803", "give an IDX file of images"]),
    Malformed(
      name: "doubles", bytes: bigEndian(0xe03) + [0, 0, 0, 1], asLabels: true,
      pieces: ["its magic number is 0x00000e03, not 0x00000801", "give an IDX file of labels"]),
    Malformed(
      name: "labels-as-images", bytes: labelFile([1]),
      pieces: ["holds labels", "0x00000801", "where images are needed", "0x00000803", "exchanged"]),
    Malformed(
      name: "images-as-labels.gz", bytes: gzip(imageFile(1, 2, 2)), asLabels: true,
      pieces: ["holds images", "0x00000803", "where labels are needed", "0x00000801", "exchanged"]),
    Malformed(name: "no-images", bytes: imageFile(0, 28, 28), pieces: ["declares 0 images", "at least one"]),
    Malformed(
      name: "no-labels", bytes: labelFile([]), asLabels: true, pieces: ["declares 0 labels", "at least one"]),
    Malformed(
      name: "no-rows", bytes: imageFile(5, 0, 28), pieces: ["without rows or columns (5 x 0 x 28)", again]),
    Malformed(
      name: "no-columns", bytes: imageFile(5, 28, 0), pieces: ["without rows or columns (5 x 28 x 0)", again]),
    Malformed(
      name: "overflow", bytes: imageFile(0xffff_ffff, 0xffff_ffff, 0xffff_ffff, bytes: [1]),
      pieces: ["4294967295 x 4294967295 x 4294967295", "more than its 17 bytes can hold", again]),
    Malformed(
      name: "overflow.gz", bytes: gzip(imageFile(0xffff_ffff, 0xffff_ffff, 0xffff_ffff, bytes: [1])),
      pieces: ["4294967295 x 4294967295 x 4294967295", "more than its 40 bytes can hold", again]),
    Malformed(
      name: "huge", bytes: imageFile(60000, 10000, 10000, bytes: [1]),
      pieces: ["60000 images of 10000 x 10000 (6000000000000 bytes) but holds 1", again]),
    Malformed(
      name: "huge.gz", bytes: gzip(imageFile(60000, 10000, 10000, bytes: [1])),
      pieces: ["60000 x 10000 x 10000", "more than its 40 bytes can hold", again]),
    Malformed(
      name: "check-sum.gz", bytes: gzip(imageFile(1, 2, 2), checkSum: 1),
      pieces: ["damaged gzip data (incorrect data check)", again]),
    Malformed(
      name: "check-sum-of-labels.gz", bytes: gzip(labelFile([1]), checkSum: 1), asLabels: true,
      pieces: ["damaged gzip data (incorrect data check)", again]),
    Malformed(
      name: "length.gz", bytes: gzip(imageFile(1, 2, 2)).dropLast(4) + [9, 0, 0, 0],
      pieces: ["damaged gzip data (incorrect length check)", again]),
    Malformed(
      name: "cut.gz", bytes: gzip(imageFile(1, 2, 2)).dropLast(),
      pieces: ["its gzip data does not end within its 42 bytes", again]),
    Malformed(
      name: "magic-only.gz", bytes: [0x1f, 0x8b], pieces: ["does not end within its 2 bytes", again]),
    Malformed(
      name: "method.gz", bytes: [0x1f, 0x8b, 9, 0, 0, 0],
      pieces: ["damaged gzip data (unknown compression method)", again]),
    Malformed(
      name: "followed.gz", bytes: gzip(imageFile(1, 2, 2)) + [0],
      pieces: ["goes on after the end of its gzip data", again]),
    Malformed(
      name: "badly-followed.gz", bytes: gzip(imageFile(1, 2, 2)) + [0x1f, 0],
      pieces: ["damaged gzip data (incorrect header check)", again]),
  ]

  @Test(arguments: malformed) func refusesAMalformedFile(_ file: Malformed) throws {
    let path = try directory.write(file.bytes, file.name)
    let error = thrownError {
      if file.asLabels {
        _ = try IDXReader.labels(path: path)
      } else {
        _ = try IDXReader.images(path: path)
      }
    }
    #expect(error.code == .badData)
    #expect(error.message.hasPrefix(path + " "))
    for piece in file.pieces {
      #expect(error.message.contains(piece))
    }
  }

  @Test func refusesMoreThanTheMemory() throws {
    let path = try directory.write(imageFile(3, 2, 4), "images")
    let error = thrownError { _ = try IDXReader.images(path: path, budget: MemoryBudget(bytes: 23)) }
    #expect(error.code == .environment)
    #expect(
      error.says("/images with 3 x 2 x 4 bytes of images takes 24 bytes of memory", "23 bytes are left"))
    #expect(try IDXReader.images(path: path, budget: MemoryBudget(bytes: 24)).count == 3)
  }

  /// Whatever single byte of a file is changed or lost, the reader answers or refuses, and no more.
  @Test func survivesAnyDamage() throws {
    for bytes in [imageFile(2, 2, 3), gzip(imageFile(2, 2, 3)), gzip(labelFile([1, 2]))] {
      for index in bytes.indices {
        var changed = bytes
        changed[index] ^= 0xff
        for damaged in [changed, Array(bytes[..<index])] {
          let path = try directory.write(damaged, "damaged")
          _ = try? IDXReader.images(path: path)
          _ = try? IDXReader.labels(path: path)
        }
      }
    }
  }
}
