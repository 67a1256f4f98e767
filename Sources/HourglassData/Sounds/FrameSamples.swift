import HourglassBase
import HourglassSound

/// Stretches of spectrograms as samples: frames are held once, and samples share them.
///
/// `@unchecked Sendable`: the frames are written once, before it is made.
package final class FrameSamples: SampleSource, @unchecked Sendable {
  package let shape: Shape
  package var element: SampleElement { .float }
  package var count: Int { starts.count }

  private let settings: SpectrumSettings
  /// Of all spectrograms, one after another, `[frame][mel]`.
  private let frames: UnsafeMutablePointer<Float>
  private let frameCount: Int
  /// The first frame of each sample.
  private let starts: [UInt32]
  /// Which spectrogram each sample is of.
  package let origins: [Int]

  /// - Throws: `HourglassError` (environment) when memory has no room for so many.
  package init(_ spectrograms: [Spectrogram], _ settings: SpectrumSettings) throws(HourglassError) {
    self.settings = settings
    shape = settings.shape
    frameCount = spectrograms.reduce(0) { $0 + $1.frames }
    try MemoryBudget.process.admit(
      MemoryBudget.product(frameCount, settings.mels, 4), for: "\(grouped(frameCount)) frames of sound",
      remedy: "use fewer recordings, or a longer hop")
    guard frameCount < Int(UInt32.max) else {
      throw HourglassError(
        .environment, "\(grouped(frameCount)) frames of sound are too many; use fewer recordings")
    }
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: max(frameCount * settings.mels, 1))
    frames = memory
    var (starts, origins) = ([UInt32](), [Int]())
    var first = 0
    for (number, spectrogram) in spectrograms.enumerated() {
      spectrogram.values.withUnsafeBufferPointer { values in
        (memory + first * settings.mels).initialize(
          from: values.baseAddress ?? UnsafePointer(memory), count: values.count)
      }
      for start in stride(from: 0, through: spectrogram.frames - settings.frames, by: settings.step) {
        starts.append(UInt32(first + start))
        origins.append(number)
      }
      first += spectrogram.frames
    }
    (self.starts, self.origins) = (starts, origins)
  }

  deinit { frames.deallocate() }

  package func fill(_ rows: SampleRows) {
    let mels = settings.mels
    for (place, index) in rows.indices.enumerated() {
      let sample = frames + Int(starts[Int(index)]) * mels
      switch settings.layout {
      case .vector: rows.setAddress(UnsafeRawPointer(sample), at: place)
      case .image:
        // Bands are rows, and time runs along them.
        let target = rows.room(at: place).bindMemory(to: Float.self)
        for frame in 0..<settings.frames {
          for mel in 0..<mels { target[mel * settings.frames + frame] = sample[frame * mels + mel] }
        }
      }
    }
  }
}
