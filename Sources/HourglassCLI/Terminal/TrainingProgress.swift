import Foundation
import Hourglass

/// Shows how a training run goes on: a bar that is redrawn on a terminal, a line an epoch elsewhere.
final class TrainingProgress {
  private let start = ContinuousClock.now
  private var lastDrawn = ContinuousClock.now
  private var speed = 0.0

  func report(_ event: TrainingEvent) {
    switch event {
    case .batch(let progress):
      speed = progress.samplesPerSecond
      if Terminal.isInteractive { draw(progress) }
    case .epoch(let record):
      let validation = record.validationLoss.map { "  validation \(decimal($0, 5))" } ?? ""
      Terminal.note(
        "epoch \(record.epoch)  loss \(decimal(record.trainLoss, 5))\(validation)  "
          + "\(grouped(Int(speed))) samples/s  \(decimal(record.seconds, 2)) s")
    case .learningRateReduced(let rate):
      Terminal.note("learning rate reduced to \(rate)")
    case .restored(let best):
      Terminal.note("training has ended; the weights are those after epoch \(best), the best")
    case .pretraining(let progress, let pair, let pairs):
      if Terminal.isInteractive {
        draw(progress, as: "pretraining layer \(pair)/\(pairs), ")
      } else if progress.samplesDone == progress.samples && progress.epoch == progress.epochs {
        Terminal.note("pretrained layer \(pair) of \(pairs)  loss \(decimal(progress.loss, 5))")
      }
    }
  }

  private func draw(_ progress: BatchProgress, as what: String = "") {
    let now = ContinuousClock.now
    guard now - lastDrawn > .milliseconds(80) else { return }
    lastDrawn = now
    let epochShare = Double(progress.samplesDone) / Double(progress.samples)
    let left =
      (Double(progress.epochs - progress.epoch) + 1 - epochShare) * Double(progress.samples)
      / max(progress.samplesPerSecond, 1)
    let head = "\(what)epoch \(progress.epoch)/\(progress.epochs) "
    let tail =
      " \(grouped(Int(progress.samplesPerSecond))) samples/s  loss \(decimal(progress.loss, 5))  "
      + "\(duration(left)) left"
    let room = max(min(Terminal.width - head.count - tail.count - 3, 40), 5)
    let filled = Int(Double(room) * epochShare)
    let bar = String(repeating: "━", count: filled) + String(repeating: "─", count: room - filled)
    Terminal.redraw(head + bar + tail)
  }
}

/// A number with this many digits after the point.
func decimal(_ value: Double, _ digits: Int) -> String {
  String(format: "%.\(digits)f", value)
}

/// Seconds as "1:05:09" or "12 s".
func duration(_ seconds: Double) -> String {
  let whole = Int(min(max(seconds, 0), 1e9).rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return String(format: "%d:%02d", whole / 60, whole % 60) }
  return String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
}
