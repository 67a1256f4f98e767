import Foundation
import Hourglass
import Testing

/// The tables in docs/recipes.md are what the fields give. `HOURGLASS_RENEW_TABLES=1 swift test --filter
/// SettingsTablesTests` writes them.
@Suite struct SettingsTablesTests {
  private static let document = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../docs/recipes.md").standardized

  @Test func theDocumentHasTheTables() throws {
    let text = try String(contentsOf: Self.document, encoding: .utf8)
    var renewed = text
    for table in SettingsTables.all() {
      let (begin, end) = ("<!-- settings:\(table.name):begin -->\n", "<!-- settings:\(table.name):end -->")
      let first = try #require(renewed.range(of: begin), "docs/recipes.md lacks \(begin)")
      let last = try #require(renewed.range(of: end, range: first.upperBound..<renewed.endIndex))
      renewed.replaceSubrange(first.upperBound..<last.lowerBound, with: "\n\(table.text)\n")
    }
    if ProcessInfo.processInfo.environment["HOURGLASS_RENEW_TABLES"] != nil {
      try renewed.write(to: Self.document, atomically: true, encoding: .utf8)
    } else {
      #expect(
        renewed == text,
        "the fields give other tables; HOURGLASS_RENEW_TABLES=1 swift test --filter SettingsTablesTests writes them"
      )
    }
  }
}
