import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassModels
import HourglassNN
import HourglassPictures

/// Cleans or sharpens photos of any size with a convolutional model that was trained on small patches.
///
/// A photo is cut into overlapping tiles, sixteen of which the model takes at a time, one a lane. Where tiles overlap,
/// they are blended with weights that follow a raised cosine and add up to one, so that no seam shows; beyond the
/// photo's edges it is mirrored. The photo itself is never held as numbers, only a row of tiles.
///
/// ```swift
/// let denoiser = try PhotoDenoiser(TrainedModel.read(path: "runs/photo-denoise/model.safetensors"))
/// let clean = try denoiser.denoise(Picture.read(path: "noisy.png"))
/// ```
public struct PhotoDenoiser: Sendable {
  let model: TrainedModel
  /// Pixels along a side of a tile; smaller photos are given smaller ones.
  let tileSize: Int
  /// Pixels that neighbouring tiles share.
  let overlap: Int
  /// Workers.
  let threads: Int
  /// By how much the model's layers shrink a picture at most; tiles begin at multiples of it.
  private let reduction: Int

  /// Tiles of this size keep a model's values near the caches and waste little on overlaps.
  public static let usualTileSize = 128
  /// What a model of a few layers looks around for at most; farther pixels hardly count.
  public static let usualOverlap = 24

  /// - Parameters:
  ///   - model: trained with the objective `denoising`, on images of 1 or 3 channels, with layers that take any size.
  ///   - tileSize: 32 to 1,024.
  ///   - overlap: from 0, at most half a tile.
  ///   - threads: workers; all cores when nil. The result does not depend on it.
  /// - Throws: `HourglassError` (usage) with the layer that fixes the size of the model's input, the value that is out of
  ///   range, or that the model learnt from other numbers than 0...1.
  public init(
    _ model: TrainedModel, tileSize: Int = usualTileSize, overlap: Int = usualOverlap, threads: Int? = nil
  ) throws {
    guard 32...1024 ~= tileSize, 0...tileSize / 2 ~= overlap, 1...1024 ~= threads ?? 1 else {
      throw HourglassError(
        .usage,
        "Tiles have 32 to 1,024 pixels, overlap by half of that at most, and take 1 to 1,024 threads, but \(tileSize), "
          + "\(overlap) and \(threads ?? 1) are asked for.")
    }
    guard model.objective.traits.corruption != nil else {
      throw HourglassError(
        .usage,
        "The model was trained for \(type(of: model.objective).kind), not to clean pictures; use one of the objective "
          + "denoising, such as the recipe photo-denoise trains.")
    }
    try model.checkTakesPictures()
    self.model = model
    self.threads = threads ?? WorkerTeam.coreCount
    reduction = try Self.reduction(model.model)
    self.tileSize = (tileSize + reduction - 1) / reduction * reduction
    // Half of it lies beyond the photo's edge, and tiles begin at multiples.
    self.overlap = (overlap + 2 * reduction - 1) / (2 * reduction) * 2 * reduction
    _ = try network(side: self.tileSize, level: nil)
  }

  /// How strongly a photo is taken to be spoilt where nobody says it: the deviation of its blur in pixels or, of a model
  /// trained on noise, of that in levels of 255; nil for a model that is not told.
  public var usualLevel: Double? { model.model.level.map { $0 * levelUnit } }

  /// The levels that the model was trained to be told, in the unit of `usualLevel`; nil for one that is not told.
  public var levels: ClosedRange<Double>? {
    guard model.model.level != nil else { return nil }
    return trainedBlur ?? trainedNoise
  }

  private var levelUnit: Double { trainedBlur == nil ? 255 : 1 }

  /// The deviations of normal noise that the model was trained on, in levels of 255; nil for another corruption.
  public var trainedNoise: ClosedRange<Double>? {
    model.objective.traits.corruption?.process.normalNoise.map {
      255 * $0.lowerBound...255 * $0.upperBound
    }
  }

  /// The deviations of Gaussian blur that the model was trained on, in pixels; nil for another corruption.
  public var trainedBlur: ClosedRange<Double>? { model.objective.traits.corruption?.process.blurDeviations }

  /// Channels of the pictures that the model was trained on.
  var channels: Int { model.model.inputShape[0] }

  /// The model mends a grey photo as three equal channels where it takes colours, and a coloured one channel by
  /// channel where it takes grey.
  ///
  /// - Parameters:
  ///   - level: how strongly the photo is spoilt, one of `levels`; the usual one when nil.
  ///   - progress: told after every few tiles, on the calling thread; what it throws ends the work.
  /// - Returns: a picture of the same size and channels.
  /// - Throws: `HourglassError`: usage when the model takes no level or not this one; notFinite when it gives no numbers;
  ///   what `progress` throws.
  public func denoise(
    _ photo: Picture, level: Double? = nil, progress: WorkProgress.Report = { _ in }
  ) throws -> Picture {
    try level.map(check(level:))
    let side = side(for: photo)
    let network = try network(side: side, level: level.map { $0 / levelUnit })
    let work = Tiling(photo, side: side, overlap: overlap)
    // A grey model sees one channel after another.
    let passes = channels == 1 ? photo.channels : 1
    let tiles = work.tileCount * passes
    var result = Picture(width: photo.width, height: photo.height, channels: photo.channels, shade: 0)
    var done = 0
    for pass in 0..<passes {
      let sources = channels == 1 ? [pass] : photo.channels == 1 ? [0, 0, 0] : [0, 1, 2]
      var seams = SeamBlender(work, channels: channels, targets: Array(Set(sources)).sorted())
      for chunk in work.chunks(bytesEach: channels * side * side) {
        let samples = work.samples(chunk, of: photo, channels: sources)
        let forward = try ForwardPass(
          network, over: samples, parameters: model.parameters, seed: model.seed, threads: threads,
          batchSize: 16 * threads)
        for start in stride(from: 0, to: chunk.count, by: forward.batchSize) {
          let end = min(start + forward.batchSize, chunk.count)
          try forward.run((start..<end).map { UInt32($0) })
          try forward.withOutput("reconstruction") { values in
            for tile in start..<end {
              let size = samples.shape.count
              try seams.add(
                .init(rebasing: values[(tile - start) * size..<(tile - start + 1) * size]),
                tile: chunk.lowerBound + tile, to: &result)
            }
          }
          done += end - start
          try progress(WorkProgress("denoising", done: done, of: tiles, "tiles"))
        }
      }
    }
    return result
  }

  /// - Throws: `HourglassError` (usage) when the model is not told a level, or was not trained on this one.
  package func check(level: Double) throws(HourglassError) {
    guard let levels else {
      throw HourglassError(
        .usage,
        "The model is not told how strongly a photo is spoilt, so a level of \(numberText(level)) means nothing to it",
        .text("leave the level out, or train a model whose recipe has model.level"))
    }
    guard levels ~= level else {
      throw HourglassError(
        .usage,
        "The level is \(numberText(level)), but the model was trained on \(numberText(levels.lowerBound)) to "
          + "\(numberText(levels.upperBound)) \(damage.unit)",
        .text("give one of these, or train the model on a wider range"))
    }
  }

  /// A small photo needs no whole tile.
  private func side(for photo: Picture) -> Int {
    let needed = max(2 * overlap, 32, max(photo.width, photo.height) + overlap)
    return min(tileSize, (needed + reduction - 1) / reduction * reduction)
  }
}

// MARK: - The model for tiles

extension PhotoDenoiser {
  /// The model on tiles of another size than it was trained on: the weights are the same.
  private func network(side: Int, level: Double?) throws -> CompiledProgram {
    let trained = model.model
    let tiled: Autoencoder
    do {
      tiled = try Autoencoder(
        input: SampleForm([channels, side, side]), encoder: trained.encoder.layers,
        decoder: trained.decoder.layers, isResidual: trained.isResidual, level: level ?? trained.level)
    } catch {
      throw HourglassError(
        .usage,
        "The model cannot take tiles of \(side) x \(side) pixels, though it was trained on \(trained.inputShape): "
          + error.fact, remedies: error.remedies)
    }
    let builder = GraphBuilder()
    let parts = ModelInGraph(model: tiled, context: LayerContext(builder: builder, isTraining: false))
    builder.output("reconstruction", parts.reconstruct(builder.input("x", shape: tiled.inputShape)))
    return CompiledProgram(builder.graph)
  }

  /// - Throws: `HourglassError` (usage) when a layer takes one size only, or the input is no picture.
  private static func reduction(_ model: Autoencoder) throws(HourglassError) -> Int {
    guard model.input.isPicture else {
      throw HourglassError(
        .usage,
        "The model takes \(model.inputShape), which is no picture of 1 or 3 channels; train one that does, such as "
          + "the recipe photo-denoise.")
    }
    if let row = try model.sizeFixingLayer() {
      throw HourglassError(
        .usage,
        "Layer \(row.name) (\(row.title)) of the model takes pictures of \(model.inputShape) only; train a model of "
          + "convolutions, such as the recipe photo-denoise.")
    }
    return model.largestReduction
  }
}
