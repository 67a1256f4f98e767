import Foundation
import Hourglass

/// Shows how far a download has come, on a terminal.
enum DownloadBar {
  static func draw(_ progress: DownloadProgress) {
    guard Terminal.isInteractive else { return }
    let received = decimal(Double(progress.receivedBytes) / 1e6, 1)
    let total = progress.totalBytes.map { " of \(decimal(Double($0) / 1e6, 1))" } ?? ""
    let isDone = progress.totalBytes == progress.receivedBytes
    Terminal.redraw("downloading \(progress.file)  \(received)\(total) MB\(isDone ? "\n" : "")")
  }
}
