import Hourglass

/// Shows how a detector's fit goes on: a line that is redrawn on a terminal, a few lines elsewhere.
final class DetectionProgress: Sendable {
  private let bar = ProgressBar()

  func report(_ event: DetectionEvent) {
    switch event {
    case .stage(let text):
      if Terminal.isInteractive, text.hasPrefix("comparing") {
        Terminal.redraw(text)
      } else {
        Terminal.note(text)
      }
    case .training(.batch(let progress)): bar.show(progress, as: "training, ")
    case .training(.epoch(let record)):
      // About ten lines, however many epochs there are.
      if !Terminal.isInteractive, isTold(record.epoch) {
        Terminal.note("epoch \(record.epoch)  loss \(ReportText.fixed(record.trainLoss, 5))")
      }
    case .progress(let progress): bar.show(progress)
    case .training(.learningRateReduced), .training(.restored), .training(.pretraining): break
    }
  }

  /// 1, 2, 5, 10, 20, 50, ...
  private func isTold(_ epoch: Int) -> Bool {
    var power = 1
    while power * 10 <= epoch { power *= 10 }
    return [1, 2, 5].contains { $0 * power == epoch }
  }
}
