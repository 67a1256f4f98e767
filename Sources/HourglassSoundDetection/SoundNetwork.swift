import HourglassBase
import HourglassModels
import HourglassNN
import HourglassSound

/// What learns how recordings sound.
public enum SoundNetwork: String, Sendable, CaseIterable {
  /// The known baseline: five frames of 128 mel bands, 640-128x4-8-128x4-640.
  case dense
  /// Convolutions over pictures of half a second and more.
  case convolutional

  /// What a sample of it is.
  var spectrum: SpectrumSettings {
    var settings = SpectrumSettings()
    switch self {
    case .dense: break
    case .convolutional: (settings.frames, settings.step, settings.layout) = (32, 4, .image)
    }
    return settings
  }

  static let epochs = 20

  var batchSize: Int {
    switch self {
    case .dense: 512
    case .convolutional: 64
    }
  }

  func model(_ settings: SpectrumSettings) throws -> Autoencoder {
    switch self {
    case .dense:
      func hidden(_ units: Int) -> [any Layer] { [Dense(units), BatchNorm(), ActivationLayer(.relu)] }
      let wide = (0..<4).flatMap { _ in hidden(128) }
      return try Autoencoder(
        inputShape: settings.shape, encoder: wide + hidden(8), decoder: wide + [Dense(settings.shape.count)])
    case .convolutional:
      func down(_ filters: Int) -> [any Layer] {
        [Conv2D(filters, kernel: 4, stride: 2), BatchNorm(), ActivationLayer(.relu)]
      }
      func up(_ filters: Int) -> [any Layer] {
        [Conv2DTranspose(filters, kernel: 4, stride: 2), BatchNorm(), ActivationLayer(.relu)]
      }
      let (rows, columns) = (settings.mels / 16, settings.frames / 16)
      return try Autoencoder(
        inputShape: settings.shape,
        encoder: down(16) + down(24) + down(32) + down(32) + [Flatten(), Dense(24)],
        decoder: [Dense(32 * rows * columns, activation: .relu), Reshape(Shape([32, rows, columns]))]
          + up(32) + up(24) + up(16) + [Conv2DTranspose(1, kernel: 4, stride: 2)])
    }
  }
}

extension SoundNetwork {
  /// How recordings are scored if nobody says: what told faults best where this was measured (`docs/uses/sound.md`).
  var usualScore: SoundScore {
    switch self {
    case .dense: .mean
    case .convolutional: .mahalanobis
    }
  }

  var title: String {
    switch self {
    case .dense: "dense, 640-128x4-8-128x4-640"
    case .convolutional: "convolutional, 32 frames of 128 bands"
    }
  }
}
