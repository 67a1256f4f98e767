/// Names in the order in which they came first, found in the same time however many there are.
package struct NamePlaces: Sendable {
  package private(set) var names: [String]
  private var places: [String: Int]

  /// - Parameter names: of equal ones the first counts.
  package init(_ names: [String] = []) {
    self.names = names
    places = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// - Parameter names: of equal ones the first is kept.
  package init(distinct names: [String]) {
    self.init()
    for name in names { _ = place(name) }
  }

  /// nil for a name that never came.
  package subscript(name: String) -> Int? { places[name] }

  /// The place of a name, which is a new one where it never came.
  package mutating func place(_ name: String) -> Int {
    if let known = places[name] { return known }
    places[name] = names.count
    names.append(name)
    return names.count - 1
  }
}
