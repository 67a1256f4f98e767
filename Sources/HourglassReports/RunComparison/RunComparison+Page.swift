import HourglassBase
import HourglassDrawing

extension RunComparison {
  /// The comparison on one self-contained page: it opens without a network and asks nothing of one.
  package func html() -> String {
    ReportPage.page(
      title: "\(names.joined(separator: ", ")) · Hourglass",
      header: ReportPage.header(
        "\(ReportText.count(runs.count, "run")) compared",
        [ReportPage.paragraph(names.joined(separator: " · "), style: "lead")]),
      main: [
        results, curves, recipes, cardPart,
        notes.isEmpty ? "" : ReportPage.section("How to read the numbers", [ReportPage.list(notes)]), places,
      ]
    ).text
  }

  private var results: HTML {
    ReportPage.section(
      "What they came to",
      [
        ReportPage.table(
          label: "What the runs came to", header: ["Measure"] + names + ["Best"], firstNumber: 1,
          rows: measures.map { measure in
            [measure.name] + measure.values.map { $0 ?? "–" } + [measure.best.map { names[$0] } ?? ""]
          })
      ])
  }

  private var curves: HTML {
    charts.isEmpty ? "" : ReportPage.section("Curves", charts.map(ReportPage.chart))
  }

  private var recipes: HTML {
    let differences = differences
    let content: HTML =
      differences.isEmpty
      ? ReportPage.paragraph("All settings of the recipes are the same.")
      : ReportPage.table(
        label: "Settings that differ", header: ["Setting"] + names, firstNumber: 1,
        rows: differences.map { [$0.key] + $0.values.map { $0 ?? "–" } })
    return ReportPage.section("Settings that differ", [content])
  }

  private var cardPart: HTML {
    let tables = cardTables
    guard !tables.isEmpty else { return "" }
    let winners = ReportPage.table(
      label: "Who is better", header: ["Use"] + names, firstNumber: 1,
      rows: tables.map { [$0.title] + $0.winners })
    let uses = tables.map { table in
      ReportPage.section(
        table.title,
        [ReportPage.facts(zip(names, table.verdicts).map { ($0, "\($1)") })]
          + (table.rows.isEmpty
            ? []
            : [
              ReportPage.table(
                label: table.title, header: ["Method"] + table.columns, firstNumber: 1, rows: table.rows)
            ]))
    }
    return ([ReportPage.section("Report cards: who is better in each use", [winners])] + uses).joined(
      separator: "\n")
  }

  private var places: HTML {
    ReportPage.section(
      "Where they are", [ReportPage.facts(zip(names, runs).map { ($0, "<code>\($1.path)</code>") })])
  }
}
