import Foundation
import Hourglass
import Testing

/// The worked example, number by number, and the figure of an untrained network.
struct FromScratchTests {
  /// The numbers are those of the same steps on paper; the last digits of the mean are NumPy's. Those of the backward pass and
  /// of the steps are a Python program's that does the same sums.
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

      Learning. Which way must each weight go so that the error becomes smaller? The slope of the error
      along a number says how fast the error grows when that number grows a little. The backward pass
      finds all slopes, from the error back to the first weights.

      Slopes along the outputs: 2 * (output - input) / 3. ReLU hands a slope on where its sum was above 0,
      and makes it 0 elsewhere.

        output 1 = 2 * (1.585 - 1.0) / 3 = 0.39         ReLU: 1.585 is above 0, so 0.39
        output 2 = 2 * (1.0 - 0.8) / 3   = 0.13333333   ReLU: 1.0 is above 0, so 0.13333333
        output 3 = 2 * (0.963 - 0.5) / 3 = 0.30866667   ReLU: 0.963 is above 0, so 0.30866667

      Slopes along the decoder's weights: the output's slope times the number of the code that the
      weight was multiplied by.

        decoder row 1 = 0.39 * [1.29 1.06]       = [0.5031 0.4134]
        decoder row 2 = 0.13333333 * [1.29 1.06] = [0.172 0.14133333]
        decoder row 3 = 0.30866667 * [1.29 1.06] = [0.39818 0.32718667]

      Slopes along the code: each of its numbers went into every output, by a weight of the decoder. Add
      up weight times slope; ReLU hands it on as above.

        code 1 = 0.9 * 0.39 + 0.2 * 0.13333333 + 0.5 * 0.30866667
               = 0.351      + 0.02666667       + 0.15433333       = 0.532        ReLU: 1.29 is above 0, so 0.532
        code 2 = 0.4 * 0.39 + 0.7 * 0.13333333 + 0.3 * 0.30866667
               = 0.156      + 0.09333333       + 0.0926           = 0.34193333   ReLU: 1.06 is above 0, so 0.34193333

      Slopes along the encoder's weights: the same as in the decoder, with the input in the place of
      the code.

        encoder row 1 = 0.532 * [1. 0.8 0.5]      = [0.532 0.4256 0.266]
        encoder row 2 = 0.34193333 * [1. 0.8 0.5] = [0.34193333 0.27354667 0.17096667]

      A step. Every weight goes against its slope, by 0.1 (the learning rate) times the slope.

        encoder row 1 = [0.8 0.3 0.5] - 0.1 * [0.532 0.4256 0.266]               = [0.7468 0.25744 0.4734]
        encoder row 2 = [0.4 0.7 0.2] - 0.1 * [0.34193333 0.27354667 0.17096667] = [0.36580667 0.67264533 0.18290333]

        decoder row 1 = [0.9 0.4] - 0.1 * [0.5031 0.4134]      = [0.84969 0.35866]
        decoder row 2 = [0.2 0.7] - 0.1 * [0.172 0.14133333]   = [0.1828 0.68586667]
        decoder row 3 = [0.5 0.3] - 0.1 * [0.39818 0.32718667] = [0.460182 0.26728133]

      And again, forward, backward and a step, each time with the new weights:

        step     code                      output                               mean squared error
        before   [1.29 1.06]               [1.585 1. 0.963]                     0.19886467
        1        [1.189452 0.9953746]      [1.36766652 0.90012608 0.81340945]   0.08114313
        2        [1.12961069 0.95955168]   [1.24762728 0.84927315 0.72826716]   0.03861767
        3        [1.09040273 0.93781616]   [1.1730007 0.82065189 0.67340282]    0.02014143
        4        [1.06334195 0.92404962]   [1.12355012 0.80392384 0.6354738]    0.01121106
        5        [1.04404827 0.91515433]   [1.08947565 0.79413671 0.6080191]    0.00656947

      That is all there is to training. Large networks do it with more weights, and with the mean of
      the slopes over many samples.

      After 5 steps:

      Encoder: [1.04404827 0.91515433]
      Decoder: [1.08947565 0.79413671 0.6080191]
      Mean Squared Error: 0.006569465652465692

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
    let errors = try #require(outcome.json["errors_of_steps"] as? [Double])
    #expect(errors.count == 6 && abs(errors[5] - 0.00656947) < 1e-8)
    #expect(outcome.json["learning_rate"] as? Double == 0.1)
    #expect(outcome.errors.contains("Encoder: [1.29 1.06]\n"), "the steps are for people")
  }

  @Test func figureOfAnyImage() throws {
    let scratch = try Scratch(data: false)
    // Red above blue, wider than high.
    let bytes = (0..<60 * 90).flatMap { $0 < 30 * 90 ? [255, 0, 0] : [0, 0, 255] as [UInt8] }
    try scratch.write(PNG.encode(Picture(width: 90, height: 60, channels: 3, trusted: bytes)), "wide.png")
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
    let small = try PNG.encode(Picture(width: 1, height: 1, channels: 1, trusted: [7]))
    try scratch.write(small, "dot.png")
    try scratch.write(Array(small.prefix(40)), "half.png")
    _ = try scratch.folder("folder")
    let cases: [([String], Int32, String)] = [
      (["--seed", "3"], 64, "--image"), (["--out", "a.png"], 64, "--image"),
      (["--image", "none.png"], 1, "none.png"), (["--image", "folder"], 1, "folder"),
      (["--image", ""], 64, "empty"), (["--image", "text.png"], 65, "text.png"),
      (["--image", "empty.png"], 65, "empty.png: it is empty; get"),
      (["--image", "half.png"], 65, "half.png"),
      (["--image", "dot.png", "--seed=-1"], 64, "--seed is -1"),
      (["--image", "dot.png", "--seed", "9223372036854775807"], 64, "--seed"),
      (["--image", "dot.png", "--out", ""], 64, "--out is empty"),
      (["--image", "dot.png", "--out", "none/a.png"], 1, "none"),
      (["--image", "dot.png", "--out", "folder"], 64, "ends in .png, .jpg or .jpeg"),
      (["--image", "dot.png", "--out", "a.gif"], 64, "ends in .png, .jpg or .jpeg"),
    ]
    for (options, status, piece) in cases {
      expectRefusal(try scratch.hourglass(["from-scratch"] + options), status: status, saying: piece)
    }
    // The ending is the file's kind.
    #expect(try scratch.hourglass("from-scratch", "--image", "dot.png", "--out", "a.jpg").status == 0)
    #expect(try scratch.read("a.jpg").starts(with: [0xff, 0xd8, 0xff]))
    // An image of one pixel is one.
    #expect(try scratch.hourglass("from-scratch", "--image", "dot.png").status == 0)
  }
}
