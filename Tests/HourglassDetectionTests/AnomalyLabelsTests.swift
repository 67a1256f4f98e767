import HourglassBase
import HourglassData
import HourglassDetection
import HourglassTestSupport
import Testing

/// What labels mean.
struct AnomalyLabelsTests {
  private func table(_ labels: [String]) -> Table {
    var levels: [String] = []
    let values = labels.map { label -> Double in
      if !levels.contains(label) { levels.append(label) }
      return Double(levels.firstIndex(of: label) ?? 0)
    }
    return Table(trustedColumns: [
      Table.Column(name: "label", kind: .category(levels: levels), values: values)
    ])
  }

  private func anomalies(_ labels: [String]) throws -> Set<String> {
    try AnomalyLabels(column: "label", in: table(labels)).anomalies
  }

  @Test(arguments: [
    (["anomaly", "anomaly", "normal"], ["anomaly"]),
    (["BENIGN", "DDoS", "DDoS", "PortScan"], ["DDoS", "PortScan"]),
    (["ok", "broken", "broken"], ["broken"]), (["normal.", "smurf.", "smurf."], ["smurf."]),
    (["fraud", "fraud", "shop"], ["fraud"]), (["yes", "yes", "no"], ["yes"]),
    (["true", "true", "false"], ["true"]),
    (["0", "1", "1"], ["1"]), (["1", "1", "2", "3"], ["2", "3"]), (["yes", "yes", "perhaps"], ["perhaps"]),
  ])
  func wordsWinOverFrequency(_ labels: [String], _ expected: [String]) throws {
    #expect(try anomalies(labels) == Set(expected))
  }

  @Test func frequencyIsSaid() throws {
    #expect(try AnomalyLabels(column: "label", in: table(["a", "a", "b"])).isByFrequency)
    #expect(try !AnomalyLabels(column: "label", in: table(["ok", "b", "b"])).isByFrequency)
  }

  /// A label that was not there in training says nothing, unless it is another spelling of one that was.
  @Test func unknownLabelsAreNotMeasured() throws {
    let labels = try AnomalyLabels(column: "label", in: table(["normal.", "attack", "attack"]))
    #expect(
      labels.labels(in: table(["Normal", "attack", "strange", "normal", "ATTACK."]))
        == [false, true, nil, false, true])
  }

  /// Labels that differ only in their spelling are two where both are there.
  @Test func spellingsThatAreTwoLabels() throws {
    let labels = try AnomalyLabels(column: "label", in: table(["A", "A", "A", "a"]))
    #expect(labels.labels(in: table(["A", "a"])) == [false, true])
  }

  /// A pair that another program writes in another way means the same.
  @Test func otherPairsAreUnderstood() throws {
    let labels = try AnomalyLabels(column: "label", in: table(["0", "1", "0"]))
    #expect(
      labels.labels(in: table(["True", "False", "1.0", "0", "2", "fraud"])) == [
        true, false, true, false, nil, true,
      ])
  }
}
