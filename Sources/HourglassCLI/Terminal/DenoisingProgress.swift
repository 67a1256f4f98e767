import Hourglass

/// Shows how far a picture has come: a bar that is redrawn on a terminal.
final class DenoisingProgress {
  private let name: String
  private var lastDrawn = ContinuousClock.now

  /// - Parameter name: of the picture.
  init(_ name: String) { self.name = name.count <= 30 ? name : "..." + name.suffix(27) }

  func report(_ progress: PhotoDenoiser.Progress) {
    guard Terminal.isInteractive else { return }
    let now = ContinuousClock.now
    guard now - lastDrawn > .milliseconds(80) else { return }
    lastDrawn = now
    let share = Double(progress.tilesDone) / Double(progress.tiles)
    let rate = Double(progress.pixels) / 1e6 * share / max(progress.seconds, 1e-9)
    let left = progress.seconds * (1 - share) / max(share, 1e-9)
    let tail = " \(decimal(rate, 2)) megapixels/s  \(duration(left)) left"
    let room = max(min(Terminal.width - name.count - tail.count - 3, 40), 5)
    let filled = Int(Double(room) * share)
    let bar = String(repeating: "━", count: filled) + String(repeating: "─", count: room - filled)
    Terminal.redraw("\(name) \(bar)\(tail)")
  }
}
