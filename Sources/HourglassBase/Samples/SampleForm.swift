/// What one sample is. It decides what is drawn, resized, corrupted, measured and reported of samples.
public enum SampleKind: String, Sendable, Hashable, CaseIterable {
  /// Numbers without an order that means anything, usually `[features]`.
  case vector
  /// `[channels, height, width]`.
  case image
  /// Numbers in the order of time, `[channels, length]`.
  case series

  /// What samples of a shape are where nobody says it: series have two axes, images three, and vectors any other number.
  package init(of shape: Shape) {
    switch shape.rank {
    case 2: self = .series
    case 3: self = .image
    default: self = .vector
    }
  }
}

/// The kind and the shape of a sample, and with them all that depends on the kind.
public struct SampleForm: Sendable, Hashable {
  public let kind: SampleKind
  public let shape: Shape

  /// The usual kind of this shape.
  public init(_ shape: Shape) {
    kind = SampleKind(of: shape)
    self.shape = shape
  }

  /// - Throws: `HourglassError` (usage) when samples of this kind have not this many axes: images have three, series two,
  ///   vectors any number.
  package init(_ shape: Shape, kind: SampleKind) throws(HourglassError) {
    guard kind == .vector || kind == SampleKind(of: shape) else {
      let expected = kind == .image ? "(channels, height, width)" : "(channels, length)"
      throw HourglassError(
        .usage,
        "Samples of shape \(shape) are said to be of the kind \(kind.rawValue), which has the shape \(expected); change "
          + "the shape or the kind.")
    }
    self.kind = kind
    self.shape = shape
  }

  public static func vector(_ features: Int) -> SampleForm { SampleForm([features]) }

  public static func image(channels: Int, height: Int, width: Int) -> SampleForm {
    SampleForm([channels, height, width])
  }

  public static func series(channels: Int, length: Int) -> SampleForm { SampleForm([channels, length]) }
}

// MARK: - What can be done with samples

extension SampleForm {
  /// Whether samples are grey or coloured images: those can be drawn, resized, and stored as PNG, JPEG or WebP.
  package var isPicture: Bool {
    kind == .image && (shape[0] == 1 || shape[0] == 3) && shape[1] > 0 && shape[2] > 0
  }

  /// Whether pixels lie beside pixels: PSNR and SSIM can be measured, and a blur has a meaning. Channels may be any number.
  package var isImage: Bool { kind == .image }

  /// Places that have a number of each channel: pixels of an image, moments of a series; a vector's numbers are one each.
  package var places: Int {
    switch kind {
    case .vector: shape.count
    case .image: shape[1] * shape[2]
    case .series: shape[1]
    }
  }

  /// Numbers that lie beside one another, as rows and columns: a series is one row, a vector too. Each channel has as many.
  package var grid: (rows: Int, columns: Int) {
    kind == .image ? (shape[1], shape[2]) : (1, places)
  }

  /// Whether samples of this shape can be taken for samples of this form, see `SampleSource.viewed(as:)`.
  func isView(of other: Shape) -> Bool {
    let (wanted, given) = (shape.dimensions, other.dimensions)
    return wanted == given || (kind == .series && ([1] + wanted == given || wanted == [1] + given))
  }

  /// What a text calls one sample; add an s for several.
  package var noun: String { kind == .image ? "image" : "sample" }
}
