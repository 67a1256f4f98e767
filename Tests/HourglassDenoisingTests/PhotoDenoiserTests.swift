import Foundation
import HourglassBase
import HourglassDenoising
import HourglassModels
import HourglassNN
import HourglassPictures
import HourglassTestSupport
import Testing

/// Models for pictures of any size, with weights made up.
enum DenoisingModels {
  static func trained(
    _ model: Autoencoder, objective: any Objective = .denoising(.gaussian(0.1)), seed: UInt64 = 1
  ) throws -> TrainedModel {
    let store = try model.trainingProgram(objective).makeParameters(seed: seed)
    return TrainedModel(model: model, objective: objective, parameters: store, seed: seed)
  }

  /// Strides, a residual, the input added at the end; it looks 7 pixels around.
  static func small(channels: Int, residual: Bool = true) throws -> TrainedModel {
    try trained(
      Autoencoder(input: .image(channels: channels, height: 8, width: 8), isResidual: residual) {
        Encoder {
          Conv2D(4, kernel: 4, stride: 2, activation: .relu)
          Residual { Conv2D(4, kernel: 3, activation: .tanh) }
        }
        Decoder { Conv2DTranspose(channels, kernel: 4, stride: 2) }
      })
  }

  /// Gives every value times `factor`, looking at nothing around it.
  static func scaling(_ factor: Float, channels: Int) throws -> TrainedModel {
    let model = try trained(
      Autoencoder(input: .image(channels: channels, height: 8, width: 8)) {
        Encoder { Conv2D(channels, kernel: 1, bias: false) }
        Decoder { ActivationLayer(.linear) }
      })
    let weights = (0..<channels * channels).map {
      $0 / channels == $0 % channels ? factor : 0
    }
    model.parameters.write("encoder.0.weight", weights)
    return model
  }

  /// A picture with edges, slopes and noise of its own.
  static func picture(width: Int, height: Int, channels: Int, seed: UInt64 = 1) -> Picture {
    var numbers = TestNumbers(seed)
    let bytes = (0..<height * width * channels).map { index -> UInt8 in
      let (x, y) = (index / channels % width, index / channels / width)
      let wave = 60 * sin(Double(x) / 7) * cos(Double(y) / 5)
      let field = (x / 16 + y / 16) % 2 == 0 ? 0.0 : 40
      return UInt8(max(0, min(255, 90 + wave + field + Double(numbers.units(1)[0]) * 30)))
    }
    return Picture(width: width, height: height, channels: channels, trusted: bytes)
  }
}

@Suite struct PhotoDenoiserTests {
  /// What a model that does nothing gives back shows that tiles are cut and put together right, and that the weights
  /// of the blend add up to one.
  @Test(arguments: [(1, 1), (2, 3), (31, 64), (32, 33), (104, 105), (208, 97), (300, 5), (129, 450)])
  func tilesTogetherAreThePicture(_ width: Int, _ height: Int) throws {
    for channels in [1, 3] {
      let picture = DenoisingModels.picture(width: width, height: height, channels: channels)
      for (model, threads) in [
        (try DenoisingModels.scaling(1, channels: 1), 1), (try DenoisingModels.scaling(1, channels: 3), 2),
      ] {
        #expect(try PhotoDenoiser(model, threads: threads).denoise(picture) == picture)
        #expect(
          try PhotoDenoiser(model, tileSize: 32, overlap: 16, threads: threads).denoise(picture) == picture)
        #expect(
          try PhotoDenoiser(model, tileSize: 33, overlap: 0, threads: threads).denoise(picture) == picture)
      }
    }
  }

  @Test func valuesAreScaledRoundedAndClipped() throws {
    let picture = try Picture(width: 3, height: 1, channels: 1, bytes: [0, 100, 200])
    #expect(
      try PhotoDenoiser(DenoisingModels.scaling(1.5, channels: 1)).denoise(picture).bytes == [0, 150, 255])
    #expect(try PhotoDenoiser(DenoisingModels.scaling(-1, channels: 1)).denoise(picture).bytes == [0, 0, 0])
    #expect(
      try PhotoDenoiser(DenoisingModels.scaling(0.004, channels: 1)).denoise(picture).bytes == [0, 0, 1])
  }

  /// Where a quarter of the overlap covers what the model looks around for, tiles give what the whole picture gives.
  @Test(arguments: [1, 3])
  func tilesGiveWhatTheWholeGives(_ channels: Int) throws {
    let trained = try DenoisingModels.small(channels: channels)
    let picture = DenoisingModels.picture(width: 160, height: 144, channels: channels)
    let whole = try Autoencoder(
      inputShape: [channels, 144, 160], encoder: trained.model.encoder.layers,
      decoder: trained.model.decoder.layers, isResidual: true)
    let expected = TrainedModel(
      model: whole, objective: Undercomplete(), parameters: trained.parameters, seed: 1)
    // The objective only says what is shown: the picture itself.
    let numbers = try expected.pass(over: SampleArray([picture])).reconstruction.sample(0)
    let reference = try Picture(samples: numbers, shape: whole.inputShape)
    let tiled = try PhotoDenoiser(trained, tileSize: 64, overlap: 32).denoise(picture)
    // At the edges a whole picture ends in zeros, tiles in what is mirrored.
    for y in 8..<136 {
      for x in 8..<152 {
        for channel in 0..<channels {
          let place = (y * 160 + x) * channels + channel
          #expect(abs(Int(tiled.bytes[place]) - Int(reference.bytes[place])) <= 1)
        }
      }
    }
    #expect(tiled != picture)
  }

  @Test func resultDoesNotDependOnThreads() throws {
    let model = try DenoisingModels.small(channels: 3)
    let picture = DenoisingModels.picture(width: 301, height: 211, channels: 3)
    let results = try [1, 2, 3, 5].map {
      try PhotoDenoiser(model, tileSize: 64, threads: $0).denoise(picture)
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test func greyModelTakesColoursChannelByChannel() throws {
    let denoiser = try PhotoDenoiser(DenoisingModels.small(channels: 1), tileSize: 64)
    let picture = DenoisingModels.picture(width: 90, height: 70, channels: 3)
    let channels = (0..<3).map { channel in
      Picture(
        width: 90, height: 70, channels: 1,
        trusted: stride(from: channel, to: picture.bytes.count, by: 3).map { picture.bytes[$0] })
    }
    let cleaned = try denoiser.denoise(picture)
    for (channel, grey) in channels.enumerated() {
      let alone = try denoiser.denoise(grey)
      #expect(stride(from: channel, to: cleaned.bytes.count, by: 3).map { cleaned.bytes[$0] } == alone.bytes)
    }
  }

  @Test func colourModelTakesGreyAsThreeEqualChannels() throws {
    let denoiser = try PhotoDenoiser(DenoisingModels.small(channels: 3), tileSize: 64)
    let grey = DenoisingModels.picture(width: 90, height: 70, channels: 1)
    let coloured = try denoiser.denoise(grey.converted(toChannels: 3))
    let cleaned = try denoiser.denoise(grey)
    #expect(cleaned.channels == 1)
    for pixel in 0..<90 * 70 {
      let mean = (0..<3).map { Double(coloured.bytes[3 * pixel + $0]) }.reduce(0, +) / 3
      #expect(abs(Double(cleaned.bytes[pixel]) - mean) <= 1)
    }
  }

  @Test func progressCountsTilesAndEndsTheWork() throws {
    struct Stop: Error {}
    let denoiser = try PhotoDenoiser(DenoisingModels.small(channels: 3), tileSize: 64, threads: 1)
    let picture = DenoisingModels.picture(width: 400, height: 200, channels: 3)
    var told: [WorkProgress] = []
    _ = try denoiser.denoise(picture) { told.append($0) }
    // Steps of 40: ten tiles by five, sixteen at a time.
    #expect(
      told.map(\.done) == [16, 32, 48, 50] && told.allSatisfy { $0.total == 50 && $0.unit == "tiles" })
    #expect(throws: Stop.self) { try denoiser.denoise(picture) { if $0.done > 20 { throw Stop() } } }
  }

  // MARK: - Refusals

  @Test func modelsThatTakeOneSizeOnly() throws {
    let dense = try Autoencoder(input: .image(channels: 1, height: 4, width: 4)) {
      Encoder {
        Conv2D(2, kernel: 3)
        Flatten()
        Dense(3)
      }
      Decoder {
        Dense(16)
        Reshape([1, 4, 4])
      }
    }
    expectSentence(
      ["Layer encoder.1 (Flatten)", "takes pictures of (1, 4, 4) only", "photo-denoise"], .usage
    ) {
      _ = try PhotoDenoiser(DenoisingModels.trained(dense))
    }
    let hidden = try Autoencoder(input: .image(channels: 1, height: 4, width: 4)) {
      Encoder {
        Residual {
          Flatten()
          Reshape([1, 4, 4])
        }
      }
      Decoder { Conv2D(1, kernel: 3) }
    }
    expectSentence(["Layer encoder.0.0 (Flatten)"], .usage) {
      _ = try PhotoDenoiser(DenoisingModels.trained(hidden))
    }
    let vector = try Autoencoder(input: .vector(6)) {
      Encoder { Dense(2) }
      Decoder { Dense(6) }
    }
    expectSentence(["takes (6)"], .usage) { _ = try PhotoDenoiser(DenoisingModels.trained(vector)) }
  }

  @Test func otherMistakes() throws {
    let model = try DenoisingModels.small(channels: 1, residual: false)
    let other = TrainedModel(
      model: model.model, objective: Undercomplete(), parameters: model.parameters, seed: 1)
    expectSentence(["trained for undercomplete, not to clean"], .usage) { _ = try PhotoDenoiser(other) }
    for (tile, overlap, threads) in [(31, 8, 1), (1025, 8, 1), (64, 33, 1), (64, -1, 1), (64, 8, 0)] {
      expectSentence(["are asked for"], .usage) {
        _ = try PhotoDenoiser(model, tileSize: tile, overlap: overlap, threads: threads)
      }
    }
    let spoilt = try DenoisingModels.scaling(.infinity, channels: 1)
    expectSentence(["not finite"], .notFinite) {
      _ = try PhotoDenoiser(spoilt).denoise(DenoisingModels.picture(width: 9, height: 9, channels: 1))
    }
  }

  // MARK: - Residual models

  @Test func residualModelsAddTheirInput() async throws {
    let data = try SampleArray([DenoisingModels.picture(width: 8, height: 8, channels: 1)])
    let plain = try DenoisingModels.small(channels: 1, residual: false)
    let residual = try DenoisingModels.small(channels: 1)
    #expect(plain.weightsDigest == residual.weightsDigest)
    let (without, with) = (try plain.pass(over: data), try residual.pass(over: data))
    #expect(without.shown.floats == with.shown.floats && without.code.floats == with.code.floats)
    for (index, value) in with.reconstruction.floats.enumerated() {
      #expect(abs(value - without.reconstruction.floats[index] - with.shown.floats[index]) < 1e-6)
    }
    expectSentence(["adds its input to what the decoder makes"], .usage) {
      _ = try residual.decode(with.code)
    }
    #expect(try residual.model.summary().hasSuffix("The input is added to the decoder's output."))
  }

  @Test func residualModelsAreWrittenAndRead() throws {
    try withScratchFolder { folder in
      let model = try DenoisingModels.small(channels: 3)
      try model.write(to: "\(folder)/m.safetensors")
      let read = try TrainedModel.read(path: "\(folder)/m.safetensors")
      #expect(read.model.isResidual && read.weightsDigest == model.weightsDigest)
      #expect(try read.model.summary() == model.model.summary())
      let picture = DenoisingModels.picture(width: 50, height: 40, channels: 3)
      #expect(try PhotoDenoiser(read).denoise(picture) == PhotoDenoiser(model).denoise(picture))
    }
  }

  @Test func residualModelsAreForDenoising() throws {
    let model = try DenoisingModels.small(channels: 1).model
    expectSentence(["model.residual"], .usage) { _ = try model.trainingProgram(.sparseL1(lambda: 0.1)) }
  }
}
