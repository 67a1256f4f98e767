import HourglassBase
import HourglassFiles
import HourglassPictures

/// Codes with what they stand for, as TensorBoard's Embedding Projector reads them from beside a run's events.
package struct ProjectorFiles {
  /// One for each sample, of any shape.
  private let codes: SampleArray
  /// A name for each code, or none.
  private let labels: [String]
  /// A small picture for each code, row by row, and the extent of one.
  private let sprite: (sheet: Picture, width: Int, height: Int)?

  package init(codes: SampleArray, labels: [String], sprite: (sheet: Picture, width: Int, height: Int)?) {
    precondition(labels.isEmpty || labels.count == codes.count, "a label for each code")
    (self.codes, self.labels, self.sprite) = (codes, labels, sprite)
  }

  /// Writes `tensors.tsv`, `metadata.tsv`, `sprite.png` where there are pictures, and the `projector_config.pbtxt` that names them,
  /// which comes last.
  ///
  /// - Throws: `HourglassError` (environment) when a file cannot be written.
  package func write(to folder: String) throws {
    try AtomicFile.write(to: "\(folder)/tensors.tsv") { file in
      for index in 0..<codes.count {
        try file.write(codes.sample(index).map { "\($0)" }.joined(separator: "\t") + "\n")
      }
    }
    try AtomicFile.write(metadata, to: "\(folder)/metadata.tsv")
    if let sprite { try PNG.write(sprite.sheet, to: "\(folder)/sprite.png") }
    try AtomicFile.write(configuration, to: "\(folder)/projector_config.pbtxt")
  }

  /// One column has no heading, several have.
  private var metadata: String {
    let rows =
      labels.isEmpty
      ? (0..<codes.count).map(String.init)
      : ["sample\tclass"] + labels.enumerated().map { "\($0)\t\($1.showingControls())" }
    return rows.joined(separator: "\n") + "\n"
  }

  private var configuration: String {
    let picture =
      sprite.map {
        """
          sprite {
            image_path: "sprite.png"
            single_image_dim: \($0.width)
            single_image_dim: \($0.height)
          }

        """
      } ?? ""
    return """
      embeddings {
        tensor_name: "codes"
        tensor_path: "tensors.tsv"
        metadata_path: "metadata.tsv"
      \(picture)}

      """
  }
}
