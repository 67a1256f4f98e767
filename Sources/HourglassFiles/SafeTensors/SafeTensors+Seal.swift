import HourglassBase

extension SafeTensors {
  /// The metadata's entry for a digest of everything else in the file.
  package static let sealKey = "sha256"

  /// The same with a SHA-256 in the metadata, over the rest of the metadata and over the tensors, whatever their order.
  ///
  /// - Throws: as `serialized()`.
  package func sealed() throws -> SafeTensors {
    var sealed = self
    sealed.metadata[Self.sealKey] = try digest()
    return sealed
  }

  /// Nothing is checked in a file without a seal.
  ///
  /// - Parameter source: what was read, for messages: usually a path.
  /// - Throws: `HourglassError` (badData) when the contents are not those that were sealed.
  package func checkSeal(source: String) throws {
    guard let seal = metadata[Self.sealKey], try seal != digest() else { return }
    throw HourglassError(
      .badData,
      "\(source) is damaged: its contents do not have the SHA-256 that it names; get a fresh copy, or, where they were "
        + "changed on purpose, remove \"\(Self.sealKey)\" from its metadata.")
  }

  private func digest() throws -> String {
    let ordered = tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    let header = try Self.header(
      metadata: metadata.filter { $0.key != Self.sealKey },
      ordered.map {
        HeaderPart(name: $0.name, element: .float32, shape: $0.shape, size: $0.values.count * 4)
      })
    let hash = SHA256Digest()
    header.withUnsafeBytes { hash.update($0) }
    for tensor in ordered { Self.withLittleEndianBytes(of: tensor.values) { hash.update($0) } }
    return hash.finish()
  }
}
