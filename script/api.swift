import Foundation

// api FOLDER: prints what the symbol graphs in a folder declare, a line each, sorted by name.
//
// Part of script/api. Graphs hold no order and more than a reader of changes wants: this takes names, declarations,
// constraints of extensions and conformances.

struct Graph: Decodable {
  let symbols: [Symbol]
  let relationships: [Relationship]
}

struct Symbol: Decodable {
  struct Identifier: Decodable { let precise: String }
  struct Kind: Decodable { let identifier: String }
  struct Fragment: Decodable { let spelling: String }
  struct Extension: Decodable { let constraints: [Constraint]? }
  struct Constraint: Decodable {
    let kind: String
    let lhs: String
    let rhs: String
  }

  let identifier: Identifier
  let kind: Kind
  let pathComponents: [String]
  let declarationFragments: [Fragment]?
  let swiftExtension: Extension?

  var declaration: String {
    let words = (declarationFragments ?? []).map(\.spelling).joined()
    let constraints = (swiftExtension?.constraints ?? []).filter { $0.lhs != "Self" || $0.kind == "sameType" }
      .map { "\($0.lhs) \($0.kind == "sameType" ? "==" : ":") \($0.rhs)" }.sorted()
    let all = constraints.isEmpty ? words : "\(words) [where \(constraints.joined(separator: ", "))]"
    return all.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}

struct Relationship: Decodable {
  let kind: String
  let source: String
  let target: String
  let targetFallback: String?
}

/// Said of every type by the compiler, by some versions only.
let implied: Set<String> = ["Copyable", "Escapable", "SendableMetatype", "BitwiseCopyable"]

@main enum List {
  static func main() throws {
    let folder = URL(fileURLWithPath: CommandLine.arguments[1], isDirectory: true)
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.lastPathComponent.hasSuffix(".symbols.json") }
    let graphs = try files.map { try JSONDecoder().decode(Graph.self, from: Data(contentsOf: $0)) }
    let symbols = graphs.flatMap(\.symbols)
    let names = Dictionary(
      symbols.map { ($0.identifier.precise, $0.pathComponents.joined(separator: ".")) },
      uniquingKeysWith: { $1 })

    var protocols: [String: Set<String>] = [:]
    for relationship in graphs.flatMap(\.relationships) where relationship.kind == "conformsTo" {
      let name = names[relationship.target] ?? relationship.targetFallback ?? relationship.target
      let short = name.hasPrefix("Swift.") ? String(name.dropFirst("Swift.".count)) : name
      if !implied.contains(short) { protocols[relationship.source, default: []].insert(short) }
    }

    let lines = symbols.map { symbol in
      let name = symbol.pathComponents.joined(separator: ".")
      // A protocol's declaration names what it refines.
      let isProtocol = symbol.kind.identifier == "swift.protocol"
      let conformances =
        isProtocol ? "" : (protocols[symbol.identifier.precise] ?? []).sorted().joined(separator: ", ")
      return "\(name)\t\(symbol.declaration)" + (conformances.isEmpty ? "" : " : \(conformances)")
    }
    for line in lines.sorted(by: { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }) {
      print(line.replacingOccurrences(of: "\t", with: "  "))
    }
  }
}
