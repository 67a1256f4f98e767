import Foundation
import Hourglass
import Testing

/// Folders as people have them: pictures of several kinds and sizes, some broken.
struct PhotoFolderTests {
  private func picture(width: Int, height: Int, channels: Int, seed: Int) -> Picture {
    let bytes = (0..<width * height).flatMap { pixel in
      (0..<channels).map { UInt8((pixel % width * 3 + pixel / width * seed + 40 * $0) % 256) }
    }
    return Picture(width: width, height: height, channels: channels, trusted: bytes)
  }

  /// Sixteen pictures of four kinds and as many sizes.
  private func writePhotos(_ scratch: Scratch, channels: Int = 3) throws {
    _ = try scratch.folder("photos")
    for index in 0..<16 {
      let photo = picture(width: 30 + index, height: 50 - index, channels: channels, seed: index)
      let (ending, bytes) =
        switch index % 4 {
        case 0: ("png", try PNG.encode(photo))
        case 1: ("jpg", try JPEG.encode(photo, quality: 95))
        case 2: ("jfif", try JPEG.encode(photo, quality: 95))
        default: ("webp", try WebP.encode(photo, quality: 95))
        }
      try scratch.write(bytes, "photos/\(10 + index).\(ending)")
    }
  }

  private let train = [
    "train", "image-search", "--data", "photos", "--epochs", "1", "--out", "run", "--json",
  ]

  @Test func searchAmongOnesOwnPhotos() throws {
    let scratch = try Scratch(data: false)
    try writePhotos(scratch)
    for name in ["a.gif", "b.gif", "c.bmp"] { try scratch.write("?", "photos/\(name)") }
    try scratch.write([], "photos/broken.png")
    let outcome = try scratch.hourglass(train)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let notes = [
      "3 files were left out: 2 .gif, 1 .bmp (not read; convert them to PNG or JPEG).",
      "1 of 17 pictures of photos cannot be used and is left out; the first: Cannot read photos/broken.png: it is empty; get "
        + "a fresh copy of the file.",
      "The pictures of photos have 50 x 30 to 40 x 40 pixels (rows x columns) and were scaled to 28 x 28, which the model "
        + "takes (data.crop: 28 keeps their proportions); they have colours, for which the model was given 3 channels.",
    ]
    let told = outcome.errors.split(separator: "\n").map(String.init)
    for note in notes { #expect(told.count { $0 == note } == 1, "\(note)\n\(outcome.errors)") }
    // The run remembers all of it.
    #expect(outcome.json["notes"] as? [String] == notes)
    let recipe = String(decoding: try scratch.read("run/recipe.yaml"), as: UTF8.self)
    #expect(recipe.contains("channels: 3") && recipe.contains("resize:") && !recipe.contains("strict"))
    let index = try scratch.hourglass("index", "run", "--out", "photos.index")
    #expect(index.status == 0, "\(index.errors)")
    let found = try scratch.hourglass("search", "photos.index", "photos/13.webp", "-k", "1")
    #expect(found.status == 0 && found.output.contains("13.webp"), "\(found.errors)\(found.output)")
    #expect(try scratch.hourglass("evaluate", "run", "--data", "photos").status == 0)
    // How the photos were made to fit says nothing of numbers in a file.
    let count: Int = 4 * 3 * 28 * 28
    let numbers: [Float] = (0..<count).map { Float($0 % 200) / 255 }
    try NPY.write(
      SampleArray(trustedFloats: numbers, count: 4, shape: [3, 28, 28]), to: "\(scratch.path)/floats.npy")
    for command in [["evaluate", "run"], ["search", "photos.index"]] {
      let other = try scratch.hourglass(command + ["--data", "floats.npy"])
      #expect(other.status == 0, "\(other.errors)")
    }
    // Goes on with the same recipe.
    let again = try scratch.hourglass(train + ["--resume"])
    #expect(again.weights == outcome.weights, "\(again.errors)")
  }

  @Test func greyPhotosStayGrey() throws {
    let scratch = try Scratch(data: false)
    try writePhotos(scratch, channels: 1)
    let outcome = try scratch.hourglass(train)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("were scaled to 28 x 28") && !outcome.errors.contains("colours"))
    #expect(!String(decoding: try scratch.read("run/recipe.yaml"), as: UTF8.self).contains("channels"))
  }

  @Test func strictRefusesBrokenPictures() throws {
    let scratch = try Scratch(data: false)
    try writePhotos(scratch)
    #expect(try scratch.hourglass(train + ["--strict"]).status == 0)
    #expect(String(decoding: try scratch.read("run/recipe.yaml"), as: UTF8.self).contains("strict: true"))
    try scratch.write("no picture", "photos/20.png")
    let complaint = "photos/20.png: it is neither"
    expectRefusal(
      try scratch.hourglass("train", "image-search", "--data", "photos", "--strict", "--out", "x"),
      status: 65,
      saying: complaint)
    // The run's recipe says so too.
    expectRefusal(
      try scratch.hourglass("evaluate", "run", "--data", "photos"), status: 65, saying: complaint)
    expectRefusal(
      try scratch.hourglass("index", "run", "--out", "x.index"), status: 65, saying: complaint)
    _ = try scratch.folder("alike")
    try scratch.write("no picture", "alike/a.png")
    for name in ["b", "c"] {
      try scratch.write(PNG.encode(picture(width: 8, height: 8, channels: 1, seed: 1)), "alike/\(name).png")
    }
    for command in [["data", "alike"], ["detect", "fit", "--data", "alike", "--out", "x"]] {
      expectRefusal(
        try scratch.hourglass(command + ["--strict"]), status: 65,
        saying: "Cannot read alike/a.png: it is neither")
    }
    let told = try scratch.hourglass("data", "alike")
    #expect(told.status == 0 && told.output.contains("2 training") && told.errors.contains("1 of 3 pictures"))
    expectRefusal(
      try scratch.hourglass("detect", "fit", "x.csv", "--strict"), status: 64,
      saying: "--strict is for pictures")
    let lenient = try scratch.hourglass(
      "train", "image-search", "--data", "photos", "--epochs", "1", "--out", "y", "--json")
    #expect(lenient.status == 0 && lenient.errors.contains("1 of 17 pictures"), "\(lenient.errors)")
  }
}
