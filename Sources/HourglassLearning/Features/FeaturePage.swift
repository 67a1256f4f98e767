import HourglassBase
import HourglassDrawing
import HourglassFiles
import HourglassModels

/// The units of a code as one HTML file that needs nothing else: what each adds to a reconstruction, beside the samples that
/// fire it most.
package struct FeaturePage {
  let title: String
  let features: CodeFeatures
  let samples: any SampleSource
  let form: SampleForm
  /// A word on each sample, such as its class; or none.
  let captions: [String]

  /// - Parameters:
  ///   - title: above the page.
  ///   - samples: those that `features` were found in.
  ///   - form: what a sample of the model is.
  ///   - captions: a word on each sample, such as its class; or none.
  package init(
    title: String, features: CodeFeatures, samples: any SampleSource, form: SampleForm,
    captions: [String] = []
  ) {
    self.title = title
    self.features = features
    self.samples = samples
    self.form = form
    self.captions = captions
  }

  private var living: [CodeFeatures.Unit] { features.units.filter { !$0.effect.isEmpty } }

  /// The page. Its policy keeps browsers from loading anything.
  ///
  /// - Parameter progress: told now and then; what it throws ends the work.
  /// - Throws: what the source of the samples throws.
  package func html(progress: WorkProgress.Report = { _ in }) throws -> String {
    let living = living
    let sections = try living.enumerated().map { number, unit -> HTML in
      if number % 16 == 0 { try progress(WorkProgress("drawing", done: number, of: living.count, "units")) }
      return try section(unit)
    }
    let style = HTML("\(ReportPage.style)\(HTML(resource: PackageResources.features_css))")
    let page: HTML = """
      \(ReportPage.head(title: title, style: style))
      <body>
      <header>
      <h1>\(title)</h1>
      \(explanation.map { ReportPage.paragraph($0, style: "soft") }.joined(separator: "\n"))
      </header>
      <main>
      \(sections.joined(separator: "\n"))
      </main>
      <footer>Written by Hourglass \(hourglassVersion).</footer>
      </body>
      </html>

      """
    return page.text
  }

  /// Writes the page, whole or not at all.
  ///
  /// - Throws: `HourglassError` (environment) when the file cannot be written; what the source of the samples and `progress`
  ///   throw.
  package func write(to path: String, progress: WorkProgress.Report = { _ in }) throws {
    try AtomicFile.write(try html(progress: progress), to: path)
  }

  // MARK: - Words

  /// What the page shows, and what it does not, a paragraph each.
  package var explanation: [String] {
    let (count, dead) = (features.units.count, features.dead.count)
    let unit = features.areChannels ? "channel" : "unit"
    let order =
      features.isVariational ? "Those that vary most come first." : "The most active ones come first."
    let criterion =
      features.isVariational
      ? "hardly any change of value (variance at most 0.01), so nothing of the sample: the prior alone"
      : "the same value in all samples but for 0.01, so nothing of the sample"
    let hidden = count - dead - living.count
    return [
      "\(ReportText.count(count, unit)) of the code, in \(ReportText.count(features.sampleCount, form.noun)). \(order)",
      "On the left, what a \(unit) adds: the decoder's output with the \(unit) at its largest value less the output with it at its "
        + "smallest, all others at their means\(features.areChannels ? "; of a channel, one place in the middle is changed" : ""). "
        + scale,
      "On the right, the \(form.noun)s in which the \(unit) has its largest values, with these"
        + "\(features.areChannels ? ", the largest of all places" : "").",
      deadSentence(dead, of: count, criterion: criterion, unit: unit),
      hidden > 0 ? "\(ReportText.count(hidden, "less active \(unit)")) are left out." : "",
    ].filter { !$0.isEmpty }
  }

  private var scale: String {
    form.isPicture
      ? "Grey is no change, white more and black less; each picture has its own scale, which the number below it says."
      : "The line across is no change; each drawing has its own scale, which the number below it says."
  }

  private func deadSentence(_ dead: Int, of count: Int, criterion: String, unit: String) -> String {
    guard dead > 0 else { return "None is dead: each changes from sample to sample." }
    let most = 40
    let names = features.dead.map(\.index).sorted().prefix(most).map(String.init).joined(separator: ", ")
    return
      "\(dead) of \(ReportText.count(count, unit)) \(dead == 1 ? "is" : "are") dead, with \(criterion). Not shown: "
      + "\(unit)\(dead == 1 ? "" : "s") \(names)\(dead > most ? " and \(dead - most) more" : "")."
  }

  // MARK: - Units

  private func section(_ unit: CodeFeatures.Unit) throws -> HTML {
    let cells = try unit.strongest.map { sample, value -> HTML in
      let drawing = try SampleDrawing(samples.numbers(of: sample), form: form).html()
      let caption = captions.isEmpty ? "" : captions[sample]
      return "<li>\(drawing)<b>\(number(Double(value)))</b><span>\(caption)</span></li>"
    }
    let largest = Double(unit.effect.map { abs($0) }.max() ?? 0)
    let lines = activity(unit) + ["changes up to \(number(largest))"] + features(unit)
    return """
      <section class="unit">
      <div class="adds">\(try SampleDrawing(change: unit.effect, form: form).html())\
      <b>\(features.areChannels ? "channel" : "unit") \(unit.index)</b>\
      \(lines.map { HTML("<span>\($0)</span>") }.joined())</div>
      <ul>
      \(cells.joined(separator: "\n"))
      </ul>
      </section>
      """
  }

  private func activity(_ unit: CodeFeatures.Unit) -> [String] {
    features.isVariational
      ? ["variance \(number(unit.variance))"]
      : ["active in \(number(100 * unit.activeShare)) %", "mean size \(number(unit.meanActivation))"]
  }

  /// The numbers of a vector that a unit changes most, by their place.
  private func features(_ unit: CodeFeatures.Unit) -> [String] {
    guard form.kind == .vector else { return [] }
    let order = unit.effect.indices.sorted {
      let (a, b) = (abs(unit.effect[$0]), abs(unit.effect[$1]))
      return a == b ? $0 < $1 : a > b
    }
    return order.prefix(3).map { place in
      "number \(place): \(unit.effect[place] > 0 ? "+" : "")\(number(Double(unit.effect[place])))"
    }
  }

  private func number(_ value: Double) -> String { ReportText.significant(value, 3) }
}
