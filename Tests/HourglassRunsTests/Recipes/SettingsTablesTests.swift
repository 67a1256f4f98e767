import Foundation
import HourglassRuns
import Testing

/// The tables in docs/recipes.md and docs/families are what the fields give. `HOURGLASS_RENEW_TABLES=1 swift test --filter
/// SettingsTablesTests` writes them; that run fails where something was renewed, the next one passes.
@Suite struct SettingsTablesTests {
  private static let documents = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../docs").standardized
  private static let isRenewed = ProcessInfo.processInfo.environment["HOURGLASS_RENEW_TABLES"] != nil

  @Test func theDocumentsHaveTheTables() throws {
    let tables = Dictionary(uniqueKeysWithValues: SettingsTables.all().map { ($0.name, $0.text) })
    let families = try FileManager.default.contentsOfDirectory(
      atPath: Self.documents.appending(path: "families").path
    ).filter { $0.hasSuffix(".md") }.sorted()
    var found: [String: [String]] = [:]
    for document in ["recipes.md"] + families.map({ "families/\($0)" }) {
      found[document] = try checkTables(of: document, tables)
    }
    let isOfFamily: (String) -> Bool = { $0.hasPrefix("objective:") }
    let general = tables.keys.filter { !isOfFamily($0) }.sorted()
    #expect((found.removeValue(forKey: "recipes.md") ?? []).sorted() == general)
    // Each objective stands on one page, that of its family.
    let ofFamilies = found.values.flatMap { $0 }.filter(isOfFamily).sorted()
    #expect(ofFamilies == tables.keys.filter(isOfFamily).sorted())
  }

  /// Compares, or renews, what stands between the marker comments of a document.
  ///
  /// - Returns: the names of the tables it has.
  private func checkTables(of document: String, _ tables: [String: String]) throws -> [String] {
    let place = Self.documents.appending(path: document)
    let text = try String(contentsOf: place, encoding: .utf8)
    let names = text.matches(of: /<!-- settings:([-a-z0-9:]+):begin -->/).map { String($0.1) }
    var renewed = text
    for name in names {
      let table = try #require(tables[name], "\(document) has a table \(name), which no fields give")
      let (begin, end) = ("<!-- settings:\(name):begin -->\n", "<!-- settings:\(name):end -->")
      let first = try #require(renewed.range(of: begin))
      let last = try #require(renewed.range(of: end, range: first.upperBound..<renewed.endIndex))
      renewed.replaceSubrange(first.upperBound..<last.lowerBound, with: "\n\(table)\n")
    }
    guard renewed != text else { return names }
    if Self.isRenewed { try renewed.write(to: place, atomically: true, encoding: .utf8) }
    let remedy = "HOURGLASS_RENEW_TABLES=1 swift test --filter SettingsTablesTests writes them"
    Issue.record("the fields give other tables than \(document) has; \(Self.isRenewed ? "renewed" : remedy)")
    return names
  }
}
