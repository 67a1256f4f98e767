import Foundation
import HourglassBase
import HourglassDrawing
import HourglassNN
import HourglassRuns

/// A run on one self-contained page: it opens without a network and asks nothing of one.
package struct RunReport {
  package var recipe: Recipe
  package var result: RunResult
  package var history: [EpochRecord]
  package var figures: RunFigures
  package var machine: Machine
  /// What trains the recipe again.
  var commandAgain: String?
  var finished: Date

  package init(
    recipe: Recipe, result: RunResult, history: [EpochRecord], figures: RunFigures,
    machine: Machine = .current, finished: Date = Date(), commandAgain: String? = nil
  ) {
    self.recipe = recipe
    self.result = result
    self.history = history
    self.figures = figures
    self.machine = machine
    self.finished = finished
    self.commandAgain = commandAgain
  }

  /// The page.
  ///
  /// - Throws: `HourglassError` when a picture is too large for a PNG.
  package func html() throws -> String {
    ReportPage.page(
      title: "\(recipe.name) · Hourglass",
      header: header,
      main: [
        ReportPage.tiles(tiles),
        try pictures,
        curves,
        measures,
        ReportPage.section("How to read the numbers", [ReportPage.list(notes)]),
        try layers,
        try reproduction,
      ]
    ).text
  }
}

// MARK: - What was done and what came of it

extension RunReport {
  /// What one sample is called.
  var noun: String { recipe.model.input.noun }

  /// What the model was measured on.
  var measured: String {
    switch recipe.validation {
    case .test where result.validationSamples > 0: "test"
    case .split: "validation"
    case .test, .none, .automatic: "training"
    }
  }

  var measuredCount: Int { result.validationSamples > 0 ? result.validationSamples : result.trainingSamples }

  /// The data's name; of a folder only the last part, the whole is told below.
  private var dataName: String { recipe.data.source.title }

  private var header: HTML {
    let summary = recipe.summary.isEmpty ? [] : [ReportPage.paragraph(recipe.summary, style: "lead")]
    let trained = ReportText.count(result.trainingSamples, noun)
    let parts = [
      "Trained for \(ReportText.count(result.epochs, "epoch")) on \(trained)",
      "of \(dataName) in \(ReportText.duration(result.seconds));",
      "measured and shown here on \(ReportText.count(measuredCount, "\(measured) \(noun)")).",
    ]
    return ReportPage.header(
      recipe.name, summary + [ReportPage.paragraph(parts.joined(separator: " "), style: "soft")])
  }

  private var pictures: HTML {
    get throws {
      let sections = try figures.all.map { ReportPage.section($0.title, [try ReportPage.figure($0)]) }
      return sections.joined(separator: "\n")
    }
  }

  private var tiles: [ReportPage.Tile] {
    let subject = measured.prefix(1).uppercased() + measured.dropFirst()
    var tiles: [ReportPage.Tile] = []
    if let error = result.metrics["mse"] {
      tiles.append(
        .init(
          name: "\(subject) MSE", value: ReportText.measured(error),
          note: "mean squared error, 0 is perfect"))
    }
    if let ratio = result.metrics["psnr"] {
      let before = result.metrics["psnr_shown"].map { "\(ReportText.fixed($0, 2)) → " } ?? ""
      tiles.append(
        .init(
          name: "PSNR", value: "\(before)\(ReportText.fixed(ratio, 2)) dB",
          note: before.isEmpty ? "signal to error, higher is better" : "noisy → cleaned, higher is better"))
    }
    if let similarity = result.metrics["ssim"] {
      tiles.append(
        .init(
          name: "SSIM", value: ReportText.fixed(similarity, 4), note: "likeness of structure, 1 is perfect"))
    }
    if let rate = result.metrics["file_bits_per_pixel"] {
      tiles.append(
        .init(
          name: "Bits per pixel", value: ReportText.measured(rate),
          note: "of one file of all \(measured) \(noun)s, without the model"))
    }
    tiles += [
      .init(
        name: "Training speed",
        value: "\(grouped(Int(saturating: result.samplesPerSecond.rounded()))) \(noun)s/s",
        note: "\(ReportText.count(result.threads, "thread")), \(result.instructionSet)"),
      .init(
        name: "Training time", value: ReportText.duration(result.seconds),
        note: "\(ReportText.count(result.epochs, "epoch")), without validation"),
      .init(
        name: "Parameters", value: grouped(result.parameters), note: codeNote),
    ]
    return tiles
  }

  /// How far the model squeezes; a model that was trained has a code.
  private var codeNote: String {
    guard let code = try? recipe.model.codeShape else { return "" }
    return "code of \(grouped(code.count)) numbers for \(grouped(recipe.model.inputShape.count))"
  }
}

// MARK: - What the objective measures

extension RunReport {
  /// Names of measures, in the order of the page, with what they mean.
  private static let meanings: [(name: String, meaning: String)] = [
    ("accuracy", "share of pixels whose largest channel is the original's"),
    ("mean_activation", "mean of the code units' absolute values"),
    ("active_share", "share of code units above 0.01"),
    ("jacobian_squared_norm", "squared Frobenius norm of the code's derivatives in the sample"),
    ("elbo_nats", "evidence lower bound of the log-likelihood, nats a sample"),
    ("reconstruction_nats", "its part for the reconstruction, -log p(x | z)"),
    ("divergence_nats", "its part for the code, KL(q(z | x) || N(0, 1))"),
    ("bits_per_dimension", "the bound as bits for each element"),
    ("bits_per_pixel", "what a rounded code takes by the learnt distribution"),
    ("active_units", "code units that vary from sample to sample"),
  ]

  /// A table of what the tiles at the top do not show; nothing where that is nothing.
  private var measures: HTML {
    let rows = Self.meanings.compactMap { name, meaning in
      result.metrics[name].map { [name, meaning, ReportText.significant($0, 5)] }
    }
    guard !rows.isEmpty else { return "" }
    return ReportPage.section(
      "Measures",
      [
        ReportPage.table(
          label: "Measures", header: ["Measure", "What it is", "Value"], firstNumber: 2, rows: rows)
      ])
  }
}

// MARK: - Curves and tables

extension RunReport {
  private var curves: HTML {
    func points(_ value: (EpochRecord) -> Double?) -> [(x: Double, y: Double)] {
      history.compactMap { record in value(record).map { (x: Double(record.epoch), y: $0) } }
    }
    func series(_ name: String, _ value: (EpochRecord) -> Double?) -> [LineChart.Series] {
      let points = points(value)
      return points.isEmpty ? [] : [LineChart.Series(name: name, points: points)]
    }
    var charts = [
      LineChart(
        title: "Loss (\(lossName)) after each epoch", horizontalLabel: "epoch", verticalLabel: "loss",
        series: series("training", \.trainLoss) + series("validation", \.validationLoss))
    ]
    if Set(history.map(\.learningRate)).count > 1 {
      charts.append(
        LineChart(
          title: "Learning rate at the end of each epoch", horizontalLabel: "epoch",
          verticalLabel: "learning rate",
          series: series("learning rate", \.learningRate)))
    }
    let rows = history.map { record in
      [
        String(record.epoch), ReportText.measured(record.trainLoss, 5),
        record.validationLoss.map { ReportText.measured($0, 5) } ?? "–",
        ReportText.significant(record.learningRate), ReportText.fixed(record.seconds, 2),
      ]
    }
    let table = ReportPage.table(
      label: "Every epoch",
      header: ["Epoch", "Training loss", "Validation loss", "Learning rate", "Seconds"], firstNumber: 1,
      rows: rows)
    return ReportPage.section(
      "Training", charts.map(ReportPage.chart) + [ReportPage.details("The numbers of every epoch", table)])
  }

  private var lossName: String {
    guard case .string(let name)? = recipe.objective.settings.first(where: { $0.key == "loss" })?.value else {
      return type(of: recipe.objective).kind
    }
    return name
  }

  private var layers: HTML {
    get throws {
      let rows = try recipe.model.rows()
      let parameters = rows.flatMap(\.parameters)
      let total = parameters.map(\.shape.count).reduce(0, +)
      let trained = parameters.filter(\.isTrainable).map(\.shape.count).reduce(0, +)
      let code = try recipe.model.codeShape
      var footer = [["Total", "", "", grouped(total)]]
      if trained != total {
        footer += [
          ["Trained", "", "", grouped(trained)], ["Moving averages", "", "", grouped(total - trained)],
        ]
      }
      let table = ReportPage.table(
        label: "Layers",
        header: ["Layer", "Name", "Output shape", "Parameters"], firstNumber: 3,
        rows: [["Input", "", recipe.model.inputShape.description, "0"]]
          + rows.map { [$0.title, $0.name, $0.shape.description, grouped($0.parameterCount)] },
        footer: footer)
      let sizes = "The code, which the encoder makes, has the shape \(code): \(grouped(code.count)) numbers."
      return ReportPage.section("Model", [ReportPage.paragraph(sizes, style: "soft"), table])
    }
  }
}

// MARK: - Doing it again

extension RunReport {
  private var reproduction: HTML {
    get throws {
      let time = finished.formatted(.iso8601)
      var facts: [(name: String, html: HTML)] = [
        ("Seed", "\(result.seed)"), ("Data", "\(recipe.data.source.text)"),
        ("Weights, SHA-256", "<code>\(result.weightsSHA256)</code>"),
        ("Program", "Hourglass \(hourglassVersion)"),
        ("Finished", "<time datetime=\"\(time)\">\(Self.readable(finished))</time>"),
        ("Processor", "\(machine.processor)"),
        ("Cores", "\(grouped(machine.cores))"), ("Threads", "\(grouped(result.threads))"),
        ("Instruction set", "\(result.instructionSet)"),
        ("System", "\(machine.system)"),
      ]
      if let seconds = result.secondsToFirstEpoch {
        facts.append(("First epoch done", "\(ReportText.duration(seconds)) after the program was started"))
      }
      return ReportPage.section(
        "How to train it again",
        (commandAgain.map { [ReportPage.code($0)] } ?? []) + [
          ReportPage.paragraph(
            "The same recipe, data and seed give the same weights, bit for bit, at any number of threads, and so "
              + "the SHA-256 below. All instruction sets agree."
          ),
          ReportPage.facts(facts),
          ReportPage.details("The recipe", ReportPage.code(try YAML.text(recipe.value))),
        ])
    }
  }

  /// 2025-01-31 17:05 UTC.
  private static func readable(_ date: Date) -> String {
    let style = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()
      .dateTimeSeparator(.space).time(includingFractionalSeconds: false)
    return "\(date.formatted(style)) UTC"
  }
}
