import HourglassBase

/// Shuffles samples that lie in several files so that few files are needed at a time: their order is drawn, and those of a window
/// of them are shuffled together. It is for disks that are slow at random places; the order is another one than without.
package struct ShuffleWindow: Sendable {
  /// Of each file the places of its samples among those that are trained on, side by side from 0.
  let files: [Range<Int>]
  /// Files that are shuffled together.
  let width: Int

  package init(files: [Range<Int>], width: Int) {
    (self.files, self.width) = (files.filter { !$0.isEmpty }, width)
  }

  /// - Returns: all places in their order, and which of them belong to one window.
  package func order(_ random: inout RandomNumbers) -> (places: [UInt32], windows: [Range<Int>]) {
    let fileOrder = random.permutation(files.count)
    var places: [UInt32] = []
    var windows: [Range<Int>] = []
    for first in stride(from: 0, to: fileOrder.count, by: width) {
      let window = fileOrder[first..<min(first + width, fileOrder.count)]
        .flatMap { file in files[Int(file)].map { UInt32($0) } }
      windows.append(places.count..<places.count + window.count)
      places += random.permutation(window.count).map { window[Int($0)] }
    }
    return (places, windows)
  }
}

/// The order in which an epoch takes its samples, and what their source is told of it.
struct EpochOrder {
  let samples: [UInt32]
  /// Empty where all are shuffled together.
  private let windows: [Range<Int>]
  private let batchSize: Int
  /// Of windows, or else of samples: how many the source has been told of.
  private var told: Int

  /// - Parameters:
  ///   - samples: those to train on.
  ///   - start: where the epoch goes on.
  init(
    _ samples: [UInt32], window: ShuffleWindow?, seed: UInt64, epoch: Int, batchSize: Int, from start: Int
  ) {
    var random = RandomNumbers(seed: seed, purpose: .shuffling, stream: UInt32(epoch))
    var (order, windows) = window?.order(&random) ?? (random.permutation(samples.count), [])
    // In place: of very many samples a second list would be much memory.
    for place in order.indices { order[place] = samples[Int(order[place])] }
    (self.samples, self.windows, self.batchSize) = (order, windows, batchSize)
    // The first batch is needed at once.
    told = windows.isEmpty ? start + batchSize : windows.firstIndex { $0.upperBound > start } ?? 0
  }

  /// Tells the source what comes behind a batch: the samples of further batches, or the window behind that of the batch.
  mutating func tell(_ source: any SampleSource, behind batch: Range<Int>) {
    guard windows.isEmpty else {
      while told < windows.count, windows[max(told - 1, 0)].lowerBound < batch.upperBound {
        // In the order in which they lie.
        source.willRead(samples[windows[told]].sorted()[...])
        told += 1
      }
      return
    }
    // Enough to keep a disk busy, few enough to stay in memory until then.
    let end = min(batch.upperBound + max(2 * batchSize, 1024), samples.count)
    guard end > told else { return }
    source.willRead(samples[told..<end])
    told = end
  }
}
