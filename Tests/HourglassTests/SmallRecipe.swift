import HourglassTestSupport

/// A recipe for one short epoch over pictures of 4 x 4 pixels.
enum SmallRecipe {
  /// Writes it into a folder.
  ///
  /// - Returns: its path.
  static func write(in scratch: ScratchFolder) throws -> String {
    try scratch.write(
      """
      name: small
      data: mnist
      model:
        input: [1, 4, 4]
        encoder: [flatten, dense: {units: 2}]
        decoder: [dense: {units: 16}, reshape: {shape: [1, 4, 4]}]
      objective: {denoising: {corruption: {gaussian: 0.2}}}
      optimizer: {adam: {learning_rate: 0.01}}
      epochs: 1
      batch_size: 8
      """, "small.yaml")
  }
}
