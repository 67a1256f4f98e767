import HourglassDrawing
import HourglassNN

extension RunComparison {
  /// From so many times the least value on, a chart's greatest one hides how the others fall.
  private static let wideRange = 20.0

  /// The curves of all runs: the loss on validation samples and in training, and the learning rate where it changes or
  /// differs. Without an epoch of any run there is none.
  package var charts: [LineChart] {
    let rates = runs.map { Set($0.history.map(\.learningRate)) }
    let hasRates = rates.contains { $0.count > 1 } || Set(rates.filter { !$0.isEmpty }).count > 1
    return [
      chart("Validation loss after each epoch", "loss", \.validationLoss),
      chart("Training loss, the mean over each epoch", "loss", \.trainLoss),
      hasRates ? chart("Learning rate at the end of each epoch", "learning rate", \.learningRate) : nil,
    ].compactMap(\.self)
  }

  private func chart(
    _ title: String, _ label: String, _ value: (EpochRecord) -> Double?
  ) -> LineChart? {
    let series = zip(names, runs).map { name, run in
      LineChart.Series(
        name: name,
        points: run.history.compactMap { record in value(record).map { (x: Double(record.epoch), y: $0) } })
    }
    let values = series.flatMap(\.points).map(\.y)
    guard let least = values.min(), let most = values.max() else { return nil }
    let isWide = least > 0 && most / least >= Self.wideRange
    return LineChart(
      title: isWide ? "\(title) (logarithmic)" : title, horizontalLabel: "epoch", verticalLabel: label,
      series: series, verticalScale: isWide ? .logarithmic : .linear, width: 960, height: 360)
  }
}
