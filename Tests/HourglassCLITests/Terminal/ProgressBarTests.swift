import Hourglass
import HourglassCLI
import Testing

struct ProgressBarTests {
  private func bar(_ filled: Int, _ empty: Int) -> String {
    String(repeating: "━", count: filled) + String(repeating: "─", count: empty)
  }

  @Test func showsRateAndTimeLeft() {
    let progress = WorkProgress("encoding", done: 15_000, of: 60_000, "samples")
    let line = ProgressBar.line(progress, rate: 1500, secondsLeft: nil, width: 120)
    #expect(line == "encoding \(bar(10, 30)) 1,500 samples/s  30 s left")
  }

  @Test func showsWhatTheWorkKnowsBetter() {
    let progress = WorkProgress(
      "epoch 2/3", done: 500, of: 1000, "samples", measure: .init("loss", 0.25))
    let line = ProgressBar.line(progress, rate: 100, secondsLeft: 75, width: 120)
    #expect(line == "epoch 2/3 \(bar(20, 20)) 100 samples/s  loss 0.25000  1:15 left")
  }

  /// An epoch of few samples is counted, but the work may go on for long.
  @Test func showsTheTimeLeftOfFewSamples() {
    let progress = WorkProgress("training, epoch 3/2000", done: 12, of: 36, "samples")
    let line = ProgressBar.line(progress, rate: 40, secondsLeft: 1800, width: 120)
    #expect(line == "training, epoch 3/2000 \(bar(13, 27)) 12/36 samples  30:00 left")
  }

  @Test func countsAFewThings() {
    let progress = WorkProgress("JPEG, quality 5", done: 1, of: 4, "files")
    #expect(
      ProgressBar.line(progress, rate: 0.5, secondsLeft: nil, width: 120)
        == "JPEG, quality 5 \(bar(10, 30)) 1/4 files")
  }

  @Test func countsWithoutATotal() {
    let rows = WorkProgress("scoring", done: 12_000, of: nil, "rows")
    #expect(
      ProgressBar.line(rows, rate: 300, secondsLeft: nil, width: 80) == "scoring  12,000 rows  300 rows/s")
    let bytes = WorkProgress("downloading a.gz", done: 2_500_000, of: nil, "bytes")
    #expect(
      ProgressBar.line(bytes, rate: 1_200_000, secondsLeft: nil, width: 80)
        == "downloading a.gz  2.5 MB  1.2 MB/s")
  }

  /// The line never breaks at the terminal's edge as long as the bar has room for five.
  @Test func fitsTheTerminal() {
    for width in 50...140 {
      let progress = WorkProgress("photo.png", done: 900_000, of: 1_000_000, "pixels")
      let line = ProgressBar.line(progress, rate: 520_000, secondsLeft: nil, width: width)
      #expect(line.count < width && line.hasSuffix("0.52 megapixels/s  0 s left"), "\(width)")
    }
  }

  /// Before anything is done there is no rate to guess from.
  @Test func beginsEmpty() {
    let progress = WorkProgress("encoding", done: 0, of: 200, "samples")
    #expect(ProgressBar.line(progress, rate: 0, secondsLeft: nil, width: 80) == "encoding \(bar(0, 40)) ")
    let nothing = WorkProgress("encoding", done: 0, of: 0, "samples")
    #expect(ProgressBar.line(nothing, rate: 0, secondsLeft: nil, width: 80) == "encoding  0/0 samples")
  }
}
