import HourglassBase
import HourglassDetection
import HourglassEngine
import HourglassSound

/// Detectors without a network, as a measure for one: all see the same spectrograms.
enum SimpleSound {
  /// Frames that principal components are found of.
  private static let mostFrames = 20_000

  static func methods(
    training: [SoundDetection.Recording], held: [SoundDetection.Recording], seed: UInt64
  ) throws -> [SoundMethod] {
    let clock = ContinuousClock()
    func method(_ key: String, _ title: String, _ scores: () throws -> [Double]) throws -> SoundMethod {
      let begun = clock.now
      let found = try scores()
      return SoundMethod(key, title, found, held, (clock.now - begun) / .seconds(1))
    }
    let (known, asked) = (training.map { moments($0.spectrogram) }, held.map { moments($0.spectrogram) })
    let mels = training[0].spectrogram.mels
    return [
      try method("nearest_neighbour", "nearest neighbour of the mean frame") {
        asked.map { one in
          known.map { other in
            (0..<mels).reduce(0.0) { $0 + (one[$1] - other[$1]) * (one[$1] - other[$1]) }
          }.min() ?? 0
        }
      },
      try method("gaussian", "Gaussian of the bands' means and deviations") { gaussian(known, asked) },
      try method("pca", "principal components of frames, eight") {
        try principalComponents(training, held, seed: seed)
      },
      try method("isolation_forest", "isolation forest of the bands' means and deviations") {
        func samples(_ rows: [[Double]]) -> SampleArray {
          SampleArray(
            trustedFloats: rows.flatMap { $0.map(Float.init) }, count: rows.count, shape: [2 * mels])
        }
        let forest = try IsolationForest(
          of: samples(known), rows: (0..<UInt32(known.count)).map { $0 }, seed: seed)
        return try forest.scores(samples(asked), rows: (0..<UInt32(asked.count)).map { $0 })
      },
    ]
  }

  /// Means and deviations of the bands over the frames.
  private static func moments(_ spectrogram: Spectrogram) -> [Double] {
    let moments = SoundDetector.bandMoments([spectrogram], mels: spectrogram.mels)
    return moments.means + moments.deviations
  }

  /// Deviations from the mean of each number, squared and added up.
  private static func gaussian(_ known: [[Double]], _ asked: [[Double]]) -> [Double] {
    let count = Double(known.count)
    let means = known[0].indices.map { place in known.reduce(0) { $0 + $1[place] } / count }
    let variances = means.indices.map { place in
      known.reduce(0) { $0 + ($1[place] - means[place]) * ($1[place] - means[place]) } / count + 1e-6
    }
    return asked.map { row in
      row.indices.reduce(0) { $0 + (row[$1] - means[$1]) * (row[$1] - means[$1]) / variances[$1] }
    }
  }

  private static func principalComponents(
    _ training: [SoundDetection.Recording], _ held: [SoundDetection.Recording], seed: UInt64
  ) throws -> [Double] {
    func samples(_ spectrogram: Spectrogram) -> SampleArray {
      SampleArray(
        trustedFloats: spectrogram.values, count: spectrogram.frames, shape: [spectrogram.mels])
    }
    let mels = training[0].spectrogram.mels
    let total = training.reduce(0) { $0 + $1.spectrogram.frames }
    let step = max(total / mostFrames, 1)
    var (frames, place) = ([Float](), 0)
    for recording in training {
      for frame in 0..<recording.spectrogram.frames {
        if place % step == 0 {
          frames += recording.spectrogram.values[frame * mels..<(frame + 1) * mels]
        }
        place += 1
      }
    }
    let components = try PrincipalComponents(
      of: SampleArray(trustedFloats: frames, count: frames.count / mels, shape: [mels]),
      count: min(8, mels), seed: seed)
    return try held.map { recording in
      let whole = samples(recording.spectrogram)
      let rebuilt = try components.reconstruct(components.project(whole))
      var sum = 0.0
      for index in 0..<whole.count {
        for (one, other) in zip(whole.sample(index), rebuilt.sample(index)) {
          sum += Double(one - other) * Double(one - other)
        }
      }
      return sum / Double(max(recording.spectrogram.values.count, 1))
    }
  }
}
