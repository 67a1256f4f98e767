import Foundation
import HourglassBase
import HourglassFiles

/// What is done to pictures so that all have the size and channels that a model takes.
public struct PictureFitting: Sendable, Hashable {
  /// How pictures get their size.
  public enum Extent: Sendable, Hashable {
    /// Scaled, whatever their proportions.
    case resize(height: Int, width: Int)
    /// Scaled until they just fill the size, and cut around the middle.
    case crop(height: Int, width: Int)

    /// Rows and columns.
    package var size: (height: Int, width: Int) {
      switch self {
      case .resize(let height, let width), .crop(let height, let width): (height, width)
      }
    }
  }

  /// `nil` leaves the size as it is.
  public var extent: Extent?
  /// 1 for grey, 3 for colours; `nil` leaves them as they are.
  public var channels: Int?

  public init(extent: Extent? = nil, channels: Int? = nil) {
    self.extent = extent
    self.channels = channels
  }

  /// The setting that gives a recipe's pictures a size.
  ///
  /// - Parameter key: `resize` or `crop`.
  package static func setting(_ key: String, height: Int, width: Int) -> HourglassError.RecipeSetting {
    HourglassError.RecipeSetting(
      "data.\(key)", height == width ? "\(height)" : "[\(height), \(width)]")
  }

  /// Whether nothing is to be done.
  package var isEmpty: Bool { extent == nil && channels == nil }
}

extension Picture {
  /// The picture with the size and channels that `fitting` asks for.
  ///
  /// - Throws: `HourglassError`: usage for extents or channels that no picture has, environment when memory has no room.
  public func fitted(_ fitting: PictureFitting) throws(HourglassError) -> Picture {
    // What loses most first: the rest has less to do.
    let isGrey = fitting.channels == 1
    let picture = isGrey ? try converted(toChannels: 1) : self
    let sized =
      switch fitting.extent {
      case .resize(let height, let width): try picture.resized(height: height, width: width)
      case .crop(let height, let width): try picture.cropped(height: height, width: width)
      case nil: picture
      }
    guard let channels = fitting.channels else { return sized }
    return try sized.converted(toChannels: channels)
  }

  /// Writes the samples one channel after another, as networks take them.
  package func writePlanes(to memory: UnsafeMutableRawBufferPointer) {
    let pixels = width * height
    for channel in 0..<channels {
      for pixel in 0..<pixels { memory[channel * pixels + pixel] = bytes[pixel * channels + channel] }
    }
  }
}

// MARK: - Samples

extension SampleArray {
  /// Pictures of one size as samples `[channels, height, width]`, each byte worth 1/255.
  ///
  /// - Throws: `HourglassError(.usage)` if there is none, or not all have the same size and channels.
  public init(_ pictures: [Picture]) throws {
    guard let first = pictures.first else {
      throw HourglassError(.usage, "There is no picture to make samples of; give at least one.")
    }
    if let other = pictures.first(where: { $0.shape != first.shape }) {
      throw HourglassError(
        .usage,
        "A picture of shape \(other.shape) is among those of \(first.shape); resize them to one size first.")
    }
    let size = first.bytes.count
    self.init(trustedByteCount: pictures.count, shape: first.shape) { memory in
      for (index, picture) in pictures.enumerated() {
        picture.writePlanes(to: .init(rebasing: memory[index * size..<(index + 1) * size]))
      }
    }
  }

  /// The images with the size and channels that `fitting` asks for.
  ///
  /// - Throws: `HourglassError`: `usage` if the samples are not images of bytes, `environment` if the result is
  ///   larger than memory.
  package func fitted(_ fitting: PictureFitting, name: String) throws -> SampleArray {
    guard case .byte(let scale) = element, form.isPicture else {
      throw HourglassError(
        .usage,
        "resize, crop and channels are for images of bytes with 1 or 3 channels, but the samples of \(name) are "
          + "\(element == .float ? "32-bit floats" : "bytes") of shape \(shape); leave these settings out.")
    }
    let size = fitting.extent?.size ?? (height: shape[1], width: shape[2])
    let fittedShape: Shape = [fitting.channels ?? shape[0], size.height, size.width]
    if count == 0 { return SampleArray(trustedBytes: [], count: 0, shape: fittedShape, scale: scale) }
    try MemoryBudget.process.admit(
      MemoryBudget.product([count] + fittedShape.dimensions), for: "\(name) in shape \(fittedShape)")
    return try SampleArray(trustedByteCount: count, shape: fittedShape, scale: scale) { memory in
      // Each index writes to a place of its own.
      nonisolated(unsafe) let target = memory
      try concurrently(count) { index in
        try picture(index).fitted(fitting).writePlanes(
          to: .init(rebasing: target[index * fittedShape.count..<(index + 1) * fittedShape.count]))
      }
    }
  }

  /// Sample `index` of images of bytes as a picture.
  private func picture(_ index: Int) -> Picture {
    let (channels, pixels) = (shape[0], shape[1] * shape[2])
    let start = baseAddress! + index * shape.count
    let bytes = [UInt8](unsafeUninitializedCapacity: shape.count) { bytes, filled in
      for pixel in 0..<pixels {
        for channel in 0..<channels {
          bytes[pixel * channels + channel] =
            start.load(fromByteOffset: channel * pixels + pixel, as: UInt8.self)
        }
      }
      filled = shape.count
    }
    return Picture(width: shape[2], height: shape[1], channels: channels, trusted: bytes)
  }
}

extension Picture {
  /// `[channels, height, width]`.
  var shape: Shape { [channels, height, width] }
}
