import HourglassDrawing
import Testing

struct ReportTextTests {
  @Test func readsTheMachine() {
    #expect(Machine.processor(in: "processor\t: 0\nmodel name\t: Fast CPU @ 3: GHz\n") == "Fast CPU @ 3: GHz")
    #expect(Machine.processor(in: "processor: 0\nHardware : Board\nModel : Pi 5\n") == "Pi 5")
    #expect(Machine.processor(in: "processor : 0\nmodel name :\n") == nil)
    #expect(Machine.distribution(in: "ID=x\nPRETTY_NAME=\"Debian 12\"\n") == "Debian 12")
    #expect(Machine.distribution(in: "") == nil)
    #expect(!Machine.current.processor.isEmpty && !Machine.current.system.isEmpty)
  }

  @Test func writesNumbers() {
    #expect(ReportText.measured(0.0139) == "0.01390")
    #expect(ReportText.measured(1234) == "1234")
    #expect(ReportText.significant(0.001) == "0.001")
    #expect(
      [0.5, 12.34, 59.97, 200, 3720].map(ReportText.duration)
        == ["0.50 s", "12.3 s", "1 min 0 s", "3 min 20 s", "1 h 02 min"])
    #expect(ReportText.count(0, "anomaly") == "0 anomalies" && ReportText.count(1, "anomaly") == "1 anomaly")
    #expect(ReportText.count(1, "epoch") == "1 epoch" && ReportText.count(1200, "image") == "1,200 images")
  }
}
