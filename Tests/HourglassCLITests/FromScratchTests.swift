import Foundation
import Hourglass
import Testing

/// The worked example, number by number, and the figure of an untrained network.
struct FromScratchTests {
  /// The numbers are those of the same steps on paper; the last digits of the mean are NumPy's.
  @Test func workedExample() throws {
    let scratch = try Scratch(data: false)
    let outcome = try scratch.hourglass("from-scratch")
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    let expected = """
      An autoencoder by hand: 3 numbers in, a code of 2, 3 numbers out.

      Input: [1. 0.8 0.5]

      Encoder. Each number of the code has a row of weights. Multiply every weight by the input number
      in its place and add the products up; ReLU then keeps a sum above 0 and makes any other 0.

        code 1 = 0.8 * 1.0 + 0.3 * 0.8 + 0.5 * 0.5
               = 0.8       + 0.24      + 0.25      = 1.29   ReLU: max(0, 1.29) = 1.29
        code 2 = 0.4 * 1.0 + 0.7 * 0.8 + 0.2 * 0.5
               = 0.4       + 0.56      + 0.1       = 1.06   ReLU: max(0, 1.06) = 1.06

      Decoder. The same once more, with the code in the place of the input.

        output 1 = 0.9 * 1.29 + 0.4 * 1.06
                 = 1.161      + 0.424      = 1.585   ReLU: max(0, 1.585) = 1.585
        output 2 = 0.2 * 1.29 + 0.7 * 1.06
                 = 0.258      + 0.742      = 1.0     ReLU: max(0, 1.0) = 1.0
        output 3 = 0.5 * 1.29 + 0.3 * 1.06
                 = 0.645      + 0.318      = 0.963   ReLU: max(0, 0.963) = 0.963

      Mean squared error. How far is what came out from what went in? Take the differences, square them
      so that none is negative, and take the mean.

        input   output   difference   squared
        1.0   - 1.585  = -0.585       0.342225
        0.8   - 1.0    = -0.2         0.04
        0.5   - 0.963  = -0.463       0.214369

        sum:  0.342225 + 0.04 + 0.214369 = 0.596594
        mean: 0.596594 / 3 = 0.19886466666666677

      A computer's numbers hold about 16 digits. The last digits of the mean are what rounding leaves,
      each sum taken from its last product to its first (with fused multiply-adds, as NumPy takes it).

      Encoder: [1.29 1.06]
      Decoder: [1.585 1. 0.963]
      Mean Squared Error: 0.19886466666666677

      """
    #expect(outcome.output == expected)
  }

  @Test func numbersAsJSON() throws {
    let scratch = try Scratch(data: false)
    let outcome = try scratch.hourglass("from-scratch", "--json")
    #expect(outcome.status == 0)
    #expect(outcome.output.split(separator: "\n").count == 1, "\(outcome.output)")
    // The text itself: readers of JSON may round.
    #expect(outcome.output.contains("\"mean_squared_error\":0.19886466666666677,"), "\(outcome.output)")
    let code = try #require(outcome.json["code"] as? [Double])
    #expect(code.count == 2 && abs(code[0] - 1.29) < 1e-12 && abs(code[1] - 1.06) < 1e-12)
    let lists = ["input", "code", "reconstruction", "squared_errors"]
    #expect(lists.map { (outcome.json[$0] as? [Double])?.count } == [3, 2, 3, 3])
    #expect(outcome.errors.contains("Encoder: [1.29 1.06]\n"), "the steps are for people")
  }

  @Test func figureOfAnyImage() throws {
    let scratch = try Scratch(data: false)
    // Red above blue, wider than high.
    let bytes = (0..<60 * 90).flatMap { $0 < 30 * 90 ? [255, 0, 0] : [0, 0, 255] as [UInt8] }
    try scratch.write(PNG.encode(Picture(width: 90, height: 60, channels: 3, bytes: bytes)), "wide.png")
    let outcome = try scratch.hourglass("from-scratch", "--image", "wide.png", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.json["figure"] as? String == "from-scratch.png")
    #expect(outcome.json["parameters"] as? Int == 156_800)
    #expect(outcome.json["seed"] as? Int == 1)
    let figure = try PNG.read(path: "\(scratch.path)/from-scratch.png")
    #expect(figure.channels == 1 && figure.width > figure.height)
    // The luminance of red is 0.299 and that of blue 0.114 (ITU-R BT.601); a row in the middle of the upper
    // half, and one of the lower.
    let top = figure.height - 16 - 28 * 12
    #expect(figure.bytes[(top + 7 * 12) * figure.width + 16 + 14 * 12] == 76)
    #expect(figure.bytes[(top + 21 * 12) * figure.width + 16 + 14 * 12] == 29)

    let again = try scratch.hourglass(
      "from-scratch", "--image", "wide.png", "--out", "again.png", "--seed", "1")
    #expect(again.status == 0 && again.output.isEmpty)
    #expect(try scratch.read("again.png") == scratch.read("from-scratch.png"))
    _ = try scratch.hourglass("from-scratch", "--image", "wide.png", "--out", "other.png", "--seed", "2")
    #expect(try scratch.read("other.png") != scratch.read("from-scratch.png"))
  }

  @Test func refusals() throws {
    let scratch = try Scratch(data: false)
    try scratch.write("no image at all", "text.png")
    try scratch.write([], "empty.png")
    let small = try PNG.encode(Picture(width: 1, height: 1, channels: 1, bytes: [7]))
    try scratch.write(small, "dot.png")
    try scratch.write(Array(small.prefix(40)), "half.png")
    _ = try scratch.folder("folder")
    let cases: [([String], Int32, String)] = [
      (["--seed", "3"], 64, "--image"), (["--out", "a.png"], 64, "--image"),
      (["--image", "none.png"], 1, "none.png"), (["--image", "folder"], 1, "folder"),
      (["--image", ""], 64, "empty"), (["--image", "text.png"], 65, "text.png"),
      (["--image", "empty.png"], 65, "empty.png"), (["--image", "half.png"], 65, "half.png"),
      (["--image", "dot.png", "--seed=-1"], 64, "--seed is -1"),
      (["--image", "dot.png", "--seed", "9223372036854775807"], 64, "--seed"),
      (["--image", "dot.png", "--out", ""], 64, "--out is empty"),
      (["--image", "dot.png", "--out", "none/a.png"], 1, "none"),
      (["--image", "dot.png", "--out", "folder"], 1, "folder"),
    ]
    for (options, status, piece) in cases {
      expectRefusal(try scratch.hourglass(["from-scratch"] + options), status: status, saying: piece)
    }
    // An image of one pixel is one.
    #expect(try scratch.hourglass("from-scratch", "--image", "dot.png").status == 0)
  }
}
