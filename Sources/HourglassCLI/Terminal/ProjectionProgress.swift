import Hourglass

/// Shows how far a map has come: a line that is redrawn on a terminal, a few lines elsewhere.
enum ProjectionProgress {
  static func report(_ progress: TSNE.Progress) {
    let line =
      "t-SNE \(grouped(progress.iteration))/\(grouped(progress.iterations))  "
      + "divergence \(decimal(progress.divergence, 4))"
    if Terminal.isInteractive {
      Terminal.redraw(line)
    } else if progress.iteration.isMultiple(of: 250) {
      Terminal.note(line)
    }
  }
}
