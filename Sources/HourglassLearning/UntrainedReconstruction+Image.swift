import HourglassPictures

extension UntrainedReconstruction {
  /// - Parameters:
  ///   - imagePath: a PNG, JPEG or WebP file of any size, in colour or grey; it is made grey and stretched to a square.
  ///   - seed: the same seed gives the same weights.
  /// - Throws: `HourglassError` if the file cannot be read (environment) or is no image (badData).
  package init(imagePath: String, seed: UInt64) throws {
    let picture = try Picture.read(path: imagePath).converted(toChannels: 1)
      .resized(height: Self.side, width: Self.side)
    self.init(base: picture.bytes.map { Double($0) / 255 }, seed: seed)
  }
}
