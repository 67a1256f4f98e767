import Foundation
import HourglassBase
import HourglassCompression
import HourglassModels
import HourglassNN
import HourglassPictures
import HourglassTestSupport
import Testing

@Suite struct CompressorTests {
  /// A model of images `[channels, 6, 5]`, trained a little on smooth ones.
  private func trained(
    channels: Int = 1, seed: UInt64 = 1
  ) async throws -> (model: TrainedModel, data: SampleArray) {
    var numbers = TestNumbers(21)
    let size = channels * 30
    let bytes = (0..<120).flatMap { _ in
      let (start, slope) = (numbers.unit() * 255, numbers.unit() * 16 - 8)
      return (0..<size).map { UInt8(min(max(start + slope * Float($0 % 30), 0), 255)) }
    }
    let data = try SampleArray(bytes: bytes, count: 120, shape: [channels, 6, 5])
    let model = try Autoencoder(
      inputShape: [channels, 6, 5], encoder: [Flatten(), Dense(6), QuantizedCode()],
      decoder: [Dense(size, activation: .sigmoid), Reshape([channels, 6, 5])])
    let result = try await model.train(
      on: data, objective: .rateDistortion(rateWeight: 0.002), optimizer: .adam(learningRate: 0.01),
      epochs: 30,
      batchSize: 20, seed: seed)
    return (result.model, data)
  }

  private func samples(_ contents: Compressor.Contents) throws -> SampleArray {
    guard case .samples(let samples) = contents else { throw HourglassError(.usage, "a picture") }
    return samples
  }

  private func picture(_ contents: Compressor.Contents) throws -> Picture {
    guard case .picture(let picture) = contents else { throw HourglassError(.usage, "samples") }
    return picture
  }

  @Test func samplesComeBackAsTheModelRebuildsThem() async throws {
    let (model, data) = try await trained()
    let compressor = try Compressor(model)
    let bytes = try compressor.compress(data, threads: 1)
    #expect(try compressor.compress(data, threads: 3) == bytes)
    let again = try samples(compressor.decompress(bytes, source: "x", threads: 2))
    let rebuilt = try model.pass(over: data).reconstruction
    #expect(again.count == 120 && again.shape == data.shape && again.element == .byte(scale: 1 / 255))
    for index in 0..<120 {
      let expected = rebuilt.sample(index).map { ($0 * 255).rounded() / 255 }
      #expect(zip(again.sample(index), expected).allSatisfy { abs($0 - $1) < 1e-6 })
    }
    let quality = try CompressionQuality(original: data, decompressed: again, bytes: bytes.count)
    #expect(quality.pixels == 3600 && quality.bitsPerPixel == Double(8 * bytes.count) / 3600)
    // It learnt something, and took less than storing the pixels.
    #expect(quality.peakSignalToNoiseRatio > 15 && quality.bitsPerPixel < 4)
    let evaluation = try model.evaluateWithFiles(data, indices: Array(0..<120))
    #expect(evaluation.metrics["file_bits_per_pixel"] == quality.bitsPerPixel)
    let promised = try #require(evaluation.metrics["bits_per_pixel"])
    #expect(promised > 0 && quality.bitsPerPixel < 1.5 * promised + 0.5)
  }

  /// Batches of 512 samples; what progress throws ends the work.
  @Test func tellsHowManySamplesAreDone() async throws {
    let (model, data) = try await trained()
    let compressor = try Compressor(model)
    let many = try data.array((0..<1300).map { $0 % 120 })
    var told: [Int] = []
    let bytes = try compressor.compress(many) { told.append($0.done) }
    #expect(told == [512, 1024, 1300])
    told = []
    let again = try samples(compressor.decompress(bytes, source: "x") { told.append($0.done) })
    #expect(told.suffix(3) == [512, 1024, 1300] && told == told.sorted())
    let rebuilt = try model.pass(over: data).reconstruction
    for index in [0, 511, 512, 1299] {
      let expected = rebuilt.sample(index % 120).map { ($0 * 255).rounded() / 255 }
      #expect(zip(again.sample(index), expected).allSatisfy { abs($0 - $1) < 1e-6 })
    }
    told = []
    let codes = try model.encode(many) { told.append($0.done) }
    #expect(told == [512, 1024, 1300] && codes.sample(1299) == codes.sample(99))
    struct Stop: Error {}
    let stop: WorkProgress.Report = { _ in throw Stop() }
    #expect(throws: Stop.self) { try compressor.compress(many, progress: stop) }
    #expect(throws: Stop.self) { try compressor.decompress(bytes, source: "x", progress: stop) }
    #expect(throws: Stop.self) { try model.encode(many, progress: stop) }
    #expect(throws: Stop.self) { try model.decode(codes, progress: stop) }
  }

  @Test func floatsStayFloats() async throws {
    let (model, data) = try await trained()
    let compressor = try Compressor(model)
    let floats = try SampleArray(floats: data.floats, count: data.count, shape: data.shape)
    let again = try samples(
      compressor.decompress(try compressor.compress(floats), source: "x"))
    #expect(again.element == .float)
    #expect(again.floats == (try model.pass(over: floats).reconstruction.floats))
    let none = try SampleArray(bytes: [], count: 0, shape: data.shape)
    #expect(try samples(compressor.decompress(try compressor.compress(none), source: "x")).count == 0)
  }

  @Test(arguments: [(1, 1), (1, 3), (3, 1), (3, 3)])
  func picturesOfAnySizeComeBack(modelChannels: Int, channels: Int) async throws {
    let compressor = try Compressor(try await trained(channels: modelChannels).model)
    for (width, height) in [(1, 1), (5, 6), (6, 5), (13, 20), (40, 1)] {
      let bytes = (0..<width * height * channels).map { UInt8(($0 * 5) % 256) }
      let original = try Picture(width: width, height: height, channels: channels, bytes: bytes)
      let again = try picture(
        compressor.decompress(try compressor.compress(original, threads: 2), source: "x", threads: 1))
      #expect(again.width == width && again.height == height && again.channels == channels)
    }
  }

  /// Each tile of a picture is what the model makes of it alone; those at the edge repeat the last pixels.
  @Test func picturesAreCutIntoTiles() async throws {
    let (model, data) = try await trained()
    let tiles = try PictureTiles(width: 12, height: 7, channels: 1, model: model.model.input)
    let original = try Picture(width: 12, height: 7, channels: 1, bytes: (0..<84).map { UInt8($0) })
    let cut = try tiles.samples(of: original)
    #expect(cut.count == 6 && tiles.count == 6)
    func bytes(_ index: Int) -> [Int] { cut.sample(index).map { Int(($0 * 255).rounded()) } }
    #expect(bytes(1)[..<5] == [5, 6, 7, 8, 9] && bytes(1)[25...] == [65, 66, 67, 68, 69])
    #expect(bytes(2)[..<5] == [10, 11, 11, 11, 11])
    #expect(bytes(5) == Array(repeating: [82, 83, 83, 83, 83], count: 6).flatMap { $0 })
    #expect(try tiles.picture(of: cut) == original)
    // Colours that a model of grey images sees apart come back but for rounding.
    let colours = try Picture(
      width: 9, height: 8, channels: 3, bytes: (0..<216).map { UInt8(($0 * 37 + $0 / 3) % 256) })
    let planes = try PictureTiles(width: 9, height: 8, channels: 3, model: data.form)
    #expect(planes.count == 12)
    let again = try planes.picture(of: planes.samples(of: colours))
    #expect(zip(again.bytes, colours.bytes).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
  }

  @Test func otherModelsAreRefused() async throws {
    let (model, data) = try await trained()
    let (first, second) = (try Compressor(model), try Compressor(await trained(seed: 2).model))
    let bytes = try first.compress(data)
    expectSentence([first.modelDigest, second.modelDigest], .badData) {
      _ = try second.decompress(bytes, source: "x")
    }
    // The same weights with other frequencies are another model, too.
    let other = TrainedModel(
      model: model.model, objective: model.objective, parameters: model.parameters, seed: model.seed,
      codeFrequencies: CodeFrequencies(
        kinds: try FrequencyTable(least: 0, frequencies: [65_535, 1]),
        channels: [Array(repeating: try FrequencyTable(least: 0, frequencies: [65_536]), count: 6)]))
    let third = try Compressor(other)
    #expect(other.weightsDigest == model.weightsDigest)
    expectSentence([first.modelDigest, third.modelDigest], .badData) {
      _ = try third.decompress(bytes, source: "x")
    }
    // Tables that know no value at all still write every one.
    let escaped = try third.compress(data)
    #expect(
      try samples(third.decompress(escaped, source: "x")).floats
        == samples(first.decompress(bytes, source: "x")).floats)
  }

  @Test func modelsThatCannotCompressAreRefused() async throws {
    let (model, data) = try await trained()
    let plain = try Autoencoder(input: .vector(3)) {
      Encoder { Dense(2) }
      Decoder { Dense(3) }
    }
    let (other, _) = try await plain.train(
      on: SampleArray(trustedFloats: [1, 2, 3], count: 1, shape: [3]), epochs: 1, seed: 1)
    expectSentence(["undercomplete", "quantized_code"], .usage) { _ = try Compressor(other) }
    let bare = TrainedModel(
      model: model.model, objective: model.objective, parameters: model.parameters, seed: 1)
    expectSentence(["no tables"], .badData) { _ = try Compressor(bare) }
    expectSentence(["(1, 6, 5)"], .usage) {
      _ = try Compressor(model).compress(SampleArray(trustedBytes: [1, 2, 3], count: 1, shape: [3]))
    }
    _ = data
  }

  /// Files with a right check sum that say more than they hold.
  @Test func hostileFilesTakeNoMemory() async throws {
    let compressor = try Compressor(try await trained().model)
    let digits = Array(compressor.modelDigest)
    let digest = stride(from: 0, to: 16, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16)! }
    func expect(_ contents: CompressedFile.Contents, _ words: String...) {
      let file = CompressedFile(modelDigest: digest, contents: contents, codes: [1, 2, 3])
      expectSentence(words, .badData) { _ = try compressor.decompress(file.bytes, source: "x") }
    }
    expect(.samples(count: Int(UInt32.max), shape: [1, 6, 5], areBytes: true), "cannot hold so many")
    expect(
      .samples(count: 1, shape: [16_777_216, 16_777_216, 16_777_216], areBytes: true), "the model's are")
    expect(.picture(width: 60_000, height: 1400, channels: 3), "cannot hold so many")
  }

  /// Tables of which each value takes nearly nothing.
  @Test func freeCodesDoNotStandForManySamples() async throws {
    let scratch = ScratchFolder()
    var file = try await trained().model.safeTensors()
    let table = "[0,65535,1]"
    let channels = Array(repeating: table, count: 6).joined(separator: ",")
    file.metadata["code_tables"] = "{\"kinds\":\(table),\"channels\":[[\(channels)]]}"
    try file.write(to: scratch.path + "/m")
    let compressor = try Compressor(try TrainedModel.read(path: scratch.path + "/m"))
    let digits = Array(compressor.modelDigest)
    let digest = stride(from: 0, to: 16, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16)! }
    let hostile = CompressedFile(
      modelDigest: digest, contents: .samples(count: 50_000_000, shape: [1, 6, 5], areBytes: true),
      codes: [UInt8](repeating: 0, count: 1000))
    expectSentence(["x: its 1000 bytes declare 50,000,000 samples", "100,000 times as much"], .badData) {
      _ = try compressor.decompress(hostile.bytes, source: "x")
    }
  }

  @Test func tablesAreInTheModelsFile() async throws {
    let (model, data) = try await trained()
    try withScratchFolder { folder in
      let path = "\(folder)/model.safetensors"
      try model.write(to: path)
      func tables(_ kinds: String, _ channels: String) -> String {
        "{\"kinds\":\(kinds),\"channels\":\(channels)}"
      }
      let read = try TrainedModel.read(path: path)
      #expect(read.codeFrequencies == model.codeFrequencies)
      #expect(try Compressor(read).compress(data) == Compressor(model).compress(data))
      for (text, words) in [
        ("[]", ["lack"]), ("3", ["lack"]), (tables("[0,65535,1]", "[]"), ["0 kinds"]),
        (tables("[0,65535,1]", "[[]]"), ["0 channels", "6"]), (tables("[0,65535]", "[]"), ["65535"]),
        (tables("[1,65535,1]", "[[]]"), ["1 kinds"]),
        (tables("[0,65535,1]", "[[[0,\"a\"],[],[],[],[],[]]]"), ["whole numbers"]),
        (tables("[0,65535,1]", "[[[0,-5],[],[],[],[],[]]]"), ["out of range"]), ("[[", ["code_tables"]),
      ] {
        var file = try model.safeTensors()
        file.metadata["code_tables"] = text
        try file.write(to: path)
        expectSentence([path, "code_tables"] + words, .badData) { _ = try TrainedModel.read(path: path) }
      }
    }
  }

  /// Two sorts of samples, each with a code of its own sort: apart they take less than together.
  @Test func kindsAreFoundAndSave() async throws {
    var numbers = TestNumbers(77)
    let bytes = (0..<1600).flatMap { index -> [UInt8] in
      let (start, noise) = index % 2 == 0 ? (40, 10) : (200, 100)
      return (0..<30).map { _ in
        UInt8(min(max(start + Int(numbers.next() % UInt64(noise)) - noise / 2, 0), 255))
      }
    }
    let data = try SampleArray(bytes: bytes, count: 1600, shape: [1, 6, 5])
    let model = try Autoencoder(
      inputShape: [1, 6, 5], encoder: [Flatten(), Dense(20), QuantizedCode()],
      decoder: [Dense(30), Reshape([1, 6, 5])])
    let trained = try await model.train(
      on: data, objective: .rateDistortion(rateWeight: 1e-4), epochs: 2, seed: 1
    ).model
    let tables = try #require(trained.codeFrequencies)
    #expect(tables.channels.count == 3 && tables.channels.allSatisfy { $0.count == 20 })
    let compressor = try Compressor(trained)
    let file = try compressor.compress(data)
    #expect(
      try samples(compressor.decompress(file, source: "x")).floats.count == 1600 * 30)
    // One kind's tables for all samples.
    for kind in tables.channels {
      let one = CodeFrequencies(
        kinds: try FrequencyTable(least: 0, frequencies: [65_535, 1]), channels: [kind])
      let other = try Compressor(
        TrainedModel(
          model: model, objective: trained.objective, parameters: trained.parameters, seed: 1,
          codeFrequencies: one
        ))
      #expect(try other.compress(data).count > file.count)
    }
  }

  @Test func curveBesideOthers() async throws {
    let (model, data) = try await trained()
    let other = try await trained(seed: 5).model
    var told: [String] = []
    let curve = try RateDistortionCurve(
      of: data, models: [("first", Compressor(model)), ("second", Compressor(other))]
    ) { told.append($0.stage) }
    #expect(curve.models.points.count == 2 && told.contains("first") && told.contains("JPEG, quality 75"))
    for series in curve.all {
      let sizes = series.points.map(\.quality.bytes)
      #expect(sizes == sizes.sorted() && sizes[0] > 0)
      #expect(series.points.allSatisfy { $0.quality.pixels == 3600 && $0.quality.similarity != nil })
    }
    // Interpolation: at a file's own PSNR its own rate, between two files between their rates.
    let points = curve.jpeg.points.map(\.quality)
    let own = try #require(curve.jpeg.bitsPerPixel(at: points[8].peakSignalToNoiseRatio))
    #expect(abs(own - points[8].bitsPerPixel) < 1e-12)
    let middle = (points[8].peakSignalToNoiseRatio + points[9].peakSignalToNoiseRatio) / 2
    let rate = try #require(curve.jpeg.bitsPerPixel(at: middle))
    #expect(abs(rate * rate - points[8].bitsPerPixel * points[9].bitsPerPixel) < 1e-9)
    #expect(curve.jpeg.bitsPerPixel(at: 99) == nil)
    try withScratchFolder { folder in
      try RateDistortionPage(curve, subject: "120 slopes & <more>").write(to: "\(folder)/curve.html")
      let page = try String(contentsOfFile: "\(folder)/curve.html", encoding: .utf8)
      #expect(page.contains("120 slopes &amp; &lt;more&gt;") && page.contains("first"))
      let lines = try String(contentsOfFile: "\(folder)/curve.csv", encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 1 + 2 + curve.jpeg.points.count + curve.webp.points.count)
      #expect(try PNG.read(path: "\(folder)/curve.png").width == 1000)
    }
    expectSentence(["(3)"], .usage) {
      _ = try RateDistortionCurve.sheet(of: SampleArray(trustedFloats: [1, 2, 3], count: 1, shape: [3]))
    }
  }
}
