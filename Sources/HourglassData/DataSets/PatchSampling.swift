import Foundation
import HourglassBase
import HourglassFiles
import HourglassPictures

/// Small squares cut at random from photos of any sizes, to train convolutional models on.
public struct PatchSampling: Sendable, Hashable {
  /// What there may be at most; patches are held as bytes.
  enum Limits {
    static let sizes = 4...512
    static let counts = 1...1_000_000
    /// Bytes of all patches: one gibibyte.
    static let bytes = 1 << 30
  }

  var size: Int
  var count: Int
  var greyShare: Double

  var softShare: Double

  /// - Parameters:
  ///   - size: rows and columns of a patch.
  ///   - count: patches of all photos together; every photo gives as many as another, or one more.
  ///   - greyShare: the share of the patches that are made grey, all channels equal, from 0 to 1: what is trained on
  ///     them learns grey pictures too.
  ///   - softShare: the share of the patches that are cut a half, a third or a quarter as large and enlarged, from 0 to
  ///     1: what is trained on them learns soft pictures too, as large photos are from pixel to pixel.
  /// - Throws: `HourglassError` (usage): a size that is not from 4 to 512, a count that is not from 1 to 1,000,000, shares
  ///   that are not from 0 to 1.
  public init(
    size: Int, count: Int, greyShare: Double = 0, softShare: Double = 0
  ) throws(HourglassError) {
    guard Limits.sizes.contains(size) && Limits.counts.contains(count) else {
      throw HourglassError(
        .usage,
        "\(count) patches of size \(size) cannot be cut; give a size from \(Limits.sizes.lowerBound) to "
          + "\(Limits.sizes.upperBound) and a count from 1 to \(grouped(Limits.counts.upperBound)).")
    }
    guard (0...1).contains(greyShare) && (0...1).contains(softShare) else {
      throw HourglassError(
        .usage, "The shares of patches are \(greyShare) grey and \(softShare) soft; give shares from 0 to 1.")
    }
    self.init(trustedSize: size, count: count, greyShare: greyShare, softShare: softShare)
  }

  /// Of numbers that are within their limits.
  init(trustedSize size: Int, count: Int, greyShare: Double = 0, softShare: Double = 0) {
    self.size = size
    self.count = count
    self.greyShare = greyShare
    self.softShare = softShare
  }

  /// Cuts patches from all pictures in a folder and its sub-folders; its parts are those of `ImageFolderDataSet`. A
  /// test part gives an eighth as many patches.
  ///
  /// Places, flips, quarter turns, what becomes grey and what is enlarged are drawn with the seed alone. Patch `i` is of photo
  /// `i mod n`, of `n` photos by their paths. Photos that are broken, or smaller than a patch, are left out, and the set's
  /// `notes` tell of them.
  ///
  /// - Parameters:
  ///   - channels: 1 makes all patches grey, 3 all coloured (grey photos with three equal channels).
  ///   - isStrict: whether a photo that is broken or too small is refused.
  /// - Returns: samples `[channels, size, size]`, bytes that stand for numbers in 0...1; `pictures` says of which photo
  ///   each one is.
  /// - Throws: `HourglassError`: `usage` if the patches would take too much memory; `badData` if more than half of the photos
  ///   are broken or too small; `environment` if there is no such folder or no photo.
  public func load(directory: String, channels: Int, seed: UInt64, isStrict: Bool = false) throws -> DataSet {
    try load(directory: directory, channels: channels, seed: seed, isStrict: isStrict, watch: .none)
  }

  func load(
    directory: String, channels: Int, seed: UInt64, isStrict: Bool, watch: LoadingWatch
  ) throws -> DataSet {
    guard try FileEntry.exists(directory) else {
      throw HourglassError(
        .environment,
        "There is no folder \(directory) with photos to train on", .give(.data, "a folder of yours"))
    }
    guard channels == 1 || channels == 3 else {
      throw HourglassError(
        .usage, "Patches of photos have 1 or 3 channels, but the model takes \(channels); change model.input")
    }
    try checkSize(channels: channels)
    let files = try ImageFiles(in: directory)
    guard !files.training.paths.isEmpty else { throw files.refusal(of: directory) }
    let broken = BrokenFiles(of: directory, "pictures", isStrict: isStrict)
    let training = try Cutting(
      files.training.paths, broken, patches: count, stream: 0, self, channels, seed, watch)
    let test = try Cutting(
      files.test.paths, broken, patches: max(1, count / 8), stream: 1 << 31, self, channels, seed,
      watch)
    var set = try DataSet(
      name: URL(filePath: directory).standardizedFileURL.lastPathComponent, training: training.samples,
      test: test.samples)
    set.pictures = training.pictures
    let brokenNote = try broken.note(of: training.photos + test.photos)
    set.notes = (files.leftOut.notes + [brokenNote].compactMap(\.self)).map { "\($0)." }
    return set
  }

  /// - Throws: `HourglassError` (usage) when all patches together are larger than the limit.
  package func checkSize(channels: Int) throws(HourglassError) {
    // At most 10^6 * 512 * 512 * 3.
    guard count * size * size * channels <= Limits.bytes else {
      throw HourglassError(
        .usage,
        "\(count) patches of \(size) x \(size) pixels with \(channels) channels are more than a gibibyte; set "
          + "data.patches.count or data.patches.size lower")
    }
  }
}

/// The patches of one part of the data.
private struct Cutting {
  var samples: SampleArray
  /// For each patch the number of its photo.
  var pictures: [Int] = []
  /// The paths of all photos that were to be cut.
  private(set) var photos: [String] = []

  /// - Parameter stream: keeps the draws of the parts apart.
  init(
    _ paths: [String], _ broken: BrokenFiles, patches: Int, stream: UInt32, _ sampling: PatchSampling,
    _ channels: Int, _ seed: UInt64, _ watch: LoadingWatch
  ) throws {
    let shape: Shape = [channels, sampling.size, sampling.size]
    samples = SampleArray(trustedBytes: [], count: 0, shape: shape)
    guard !paths.isEmpty else { return }
    try MemoryBudget.process.admit(
      MemoryBudget.product([patches] + shape.dimensions),
      for: "\(grouped(patches)) patches of shape \(shape)", remedy: "cut fewer or smaller ones")
    // Where there are more photos than patches, one patch of each that is drawn.
    var chosen = Array(paths.indices)
    if paths.count > patches {
      var random = RandomNumbers(seed: seed, purpose: .patches, stream: stream | 0x7fff_ffff)
      chosen = random.permutation(paths.count).prefix(patches).map { Int($0) }.sorted()
    }
    photos = chosen.map { paths[$0] }
    var sound = chosen
    // Photos share the patches, so that those of a broken one are others': all are cut anew.
    repeat {
      chosen = sound
      samples = try Self.cut(chosen, of: paths, broken, patches, stream, sampling, shape, seed, watch)
      let soundPlaces = broken.sound(chosen.map { paths[$0] })
      sound = soundPlaces.map { chosen[$0] }
      guard !sound.isEmpty else { throw broken.refusal(of: photos) }
    } while sound.count < chosen.count
    pictures = (0..<patches).map { chosen[$0 % chosen.count] }
  }

  /// - Parameter photos: the numbers of those that are cut.
  /// - Returns: patches in which those of photos that turned out to be broken are missing.
  private static func cut(
    _ photos: [Int], of paths: [String], _ broken: BrokenFiles, _ patches: Int, _ stream: UInt32,
    _ sampling: PatchSampling, _ shape: Shape, _ seed: UInt64, _ watch: LoadingWatch
  ) throws -> SampleArray {
    let counter = LoadingCount(watch, of: photos.count, "photos")
    return try SampleArray(byteCount: patches, shape: shape) { memory in
      // Each photo writes to places of its own.
      nonisolated(unsafe) let target = memory
      try concurrently(photos.count) { number in
        let sound = try broken.sound(paths[photos[number]]) { try Self.photo($0, sampling, shape[0]) }
        if let photo = sound {
          var random = RandomNumbers(
            seed: seed, purpose: .patches, stream: stream | UInt32(photos[number] & 0x3fff_ffff))
          for patch in stride(from: number, to: patches, by: photos.count) {
            try Self.patch(of: photo, sampling, &random).writePlanes(
              to: .init(rebasing: target[patch * shape.count..<(patch + 1) * shape.count]))
          }
        }
        try counter.add()
      }
    }
  }

  private static func photo(_ path: String, _ sampling: PatchSampling, _ channels: Int) throws -> Picture {
    let photo = try Picture.read(path: path)
    let least = min(photo.height, photo.width)
    guard least >= sampling.size else {
      throw HourglassError(
        .badData,
        "\(path) has \(photo.height) x \(photo.width) pixels (rows x columns), less than a patch of \(sampling.size) x "
          + "\(sampling.size); leave it out"
          + (PatchSampling.Limits.sizes.contains(least)
            ? ", or set data.patches.size and the model's input to \(least) at most" : ""))
    }
    return try photo.converted(toChannels: channels)
  }

  private static func patch(
    of photo: Picture, _ sampling: PatchSampling, _ random: inout RandomNumbers
  ) throws -> Picture {
    let channels = photo.channels
    let enlargement = random.uniform() < sampling.softShare ? 2 + random.index(below: 3) : 1
    let size = max(1, sampling.size / enlargement)
    let top = random.index(below: photo.height - size + 1)
    let left = random.index(below: photo.width - size + 1)
    // The eight ways a square can lie.
    let pose = random.index(below: 8)
    let isGrey = random.uniform() < sampling.greyShare
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size * size * channels)
    for y in 0..<size {
      for x in 0..<size {
        var (row, column) = pose & 4 == 0 ? (y, x) : (x, y)
        if pose & 1 != 0 { row = size - 1 - row }
        if pose & 2 != 0 { column = size - 1 - column }
        let place = ((top + row) * photo.width + left + column) * channels
        bytes.append(contentsOf: photo.bytes[place..<place + channels])
      }
    }
    let patch = try Picture(width: size, height: size, channels: channels, trusted: bytes)
      .resized(height: sampling.size, width: sampling.size)
    return try isGrey ? patch.converted(toChannels: 1).converted(toChannels: channels) : patch
  }
}
