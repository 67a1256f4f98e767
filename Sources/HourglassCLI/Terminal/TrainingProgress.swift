import Foundation
import Hourglass
import Synchronization

/// Shows how a training run goes on: a bar that is redrawn on a terminal, a line an epoch elsewhere.
final class TrainingProgress: Sendable {
  private let bar = ProgressBar()
  /// Of the last batch, in samples a second.
  private let speed = Mutex(0.0)

  func report(_ event: TrainingEvent) {
    switch event {
    case .batch(let progress):
      speed.withLock { $0 = progress.samplesPerSecond }
      bar.show(progress)
    case .epoch(let record):
      let validation = record.validationLoss.map { "  validation \(ReportText.fixed($0, 5))" } ?? ""
      Terminal.note(
        "epoch \(record.epoch)  loss \(ReportText.fixed(record.trainLoss, 5))\(validation)  "
          + "\(grouped(Int(saturating: speed.withLock { $0 }))) samples/s  \(ReportText.fixed(record.seconds, 2)) s"
      )
    case .learningRateReduced(let rate):
      Terminal.note("learning rate reduced to \(rate)")
    case .restored(let best):
      Terminal.note("training has ended; the weights are those after epoch \(best), the best")
    case .pretraining(let progress, let pair, let pairs):
      if Terminal.isInteractive {
        bar.show(progress, as: "pretraining layer \(pair)/\(pairs), ")
      } else if progress.samplesDone == progress.samples && progress.epoch == progress.epochs {
        Terminal.note("pretrained layer \(pair) of \(pairs)  loss \(ReportText.fixed(progress.loss, 5))")
      }
    }
  }
}

/// Seconds as "1:05:09" or "12 s".
func duration(_ seconds: Double) -> String {
  let whole = Int(saturating: min(max(seconds, 0), 1e9).rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return String(format: "%d:%02d", whole / 60, whole % 60) }
  return String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
}
