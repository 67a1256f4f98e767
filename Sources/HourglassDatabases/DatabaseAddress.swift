import HourglassBase

/// A database, and perhaps what is read of it, as people write it: `sqlite:FILE?table=T`, `postgresql://user@host/name?query=SELECT …`.
///
/// What stands behind `table=` or `query=` goes to the end and is taken as it is: SQL needs no escapes there.
package struct DatabaseAddress: Sendable {
  package enum Selection: Sendable, Equatable {
    case table(String)
    case query(String)
  }

  enum System: Sendable {
    case sqlite(path: String)
    /// The address as libpq takes it, which may hold a password.
    case postgreSQL(address: String)
  }

  let system: System
  package let selection: Selection?
  /// The database as people are told of it: without a password, and without settings of the connection.
  let place: String

  /// Whether a text is the address of a database, not a path.
  package static func isOne(_ text: String) -> Bool {
    scheme(of: text.utf8, among: [sqlite] + postgreSQL) != nil
  }

  private static let sqlite = "sqlite:"
  static let postgreSQL = ["postgresql://", "postgres://"]

  /// That with which a text begins, in capitals or small letters; nil where it begins with none.
  static func scheme(of text: some Collection<UInt8>, among schemes: [String]) -> String? {
    schemes.first { scheme in
      text.starts(with: scheme.utf8) { 65...90 ~= $0 ? $0 | 32 == $1 : $0 == $1 }
    }
  }

  /// - Throws: `HourglassError` (usage), without the password, when the text is none, or one that could be misread.
  package init(_ text: String) throws {
    let (base, selection) = Self.parted(text)
    self.selection = selection
    if Self.scheme(of: base.utf8, among: [Self.sqlite]) != nil {
      let path = String(Substring(base.utf8.dropFirst(Self.sqlite.utf8.count)))
      guard !path.isEmpty, !path.utf8.contains(0) else {
        throw HourglassError(
          .usage, "An address of SQLite names no file; give it as sqlite:FILE?table=TABLE.")
      }
      (system, place) = (.sqlite(path: path), "\(Self.sqlite)\(shortened(path))")
    } else if let scheme = Self.scheme(of: base.utf8, among: Self.postgreSQL) {
      let rest = String(Substring(base.utf8.dropFirst(scheme.utf8.count)))
      place = try Self.shown(rest)
      // libpq knows the scheme in small letters only.
      system = .postgreSQL(address: scheme + rest)
      if case .table(let table) = selection, let setting = Self.setting(in: table) {
        throw HourglassError(
          .usage,
          "The table of \(place) is followed by \(setting)=; settings stand before table=, as in ?sslmode=require&table=TABLE."
        )
      }
    } else {
      throw HourglassError(
        .usage,
        "\(shortened(text)) is no address of a database; give sqlite:FILE or postgresql://USER@HOST/DATABASE."
      )
    }
    if let selection, selection.text.allSatisfy(\.isWhitespace) {
      throw HourglassError(.usage, "\(place) is followed by an empty \(selection.noun); give one.")
    }
  }

  /// The same database with another selection, or none.
  private init(system: System, place: String, selection: Selection?) {
    (self.system, self.place, self.selection) = (system, place, selection)
  }

  /// The same database.
  package func selecting(_ selection: Selection?) -> DatabaseAddress {
    DatabaseAddress(system: system, place: place, selection: selection)
  }

  /// The file of the database; nil of a server.
  package var path: String? {
    if case .sqlite(let path) = system { path } else { nil }
  }

  /// What people are told that is read: without a password.
  package var title: String {
    switch selection {
    case nil: place
    case .table(let table): "\(place)?table=\(shortened(table))"
    case .query(let query): "\(place)\(shortened(Self.withoutPasswords("?query=\(query)", isAddress: true)))"
    }
  }

  /// A short name in letters, digits and hyphens, such as for a folder: of the table, or else of the database.
  package var name: String {
    var text = place.lastPathPart ?? ""
    if case .sqlite(let path) = system {
      text = (path.lastPathPart ?? path).parts(at: ".").first { !$0.isEmpty } ?? ""
    }
    if case .table(let table) = selection { text = table }
    let kept = text.unicodeScalars.prefix(60).map { scalar -> Character in
      scalar.properties.isAlphabetic || "0"..."9" ~= scalar || scalar == "_" ? Character(scalar) : "-"
    }
    return kept.isEmpty ? "database" : String(kept)
  }

  // MARK: - Parts

  /// What stands before and behind the first `?table=`, `&table=`, `?query=` or `&query=`.
  private static func parted(_ text: String) -> (base: String, selection: Selection?) {
    let bytes = Array(text.utf8)
    let (table, query) = (Array("table=".utf8), Array("query=".utf8))
    for place in bytes.indices where bytes[place] == UInt8(ascii: "?") || bytes[place] == UInt8(ascii: "&") {
      let rest = bytes[(place + 1)...]
      let isTable = rest.starts(with: table)
      guard isTable || rest.starts(with: query) else { continue }
      let value = String(decoding: rest.dropFirst(table.count), as: UTF8.self)
      return (
        String(decoding: bytes[..<place], as: UTF8.self), isTable ? .table(value) : .query(value)
      )
    }
    return (text, nil)
  }

  /// What may be shown of an address of a server: user, hosts and database. libpq takes the first `@`, `/` or `?` for the end of a
  /// part, and would name the rest of a password that holds one as a host or a port.
  ///
  /// - Parameter rest: what stands behind the scheme.
  private static func shown(_ rest: String) throws -> String {
    var (user, place) = ("", rest)
    if let end = rest.utf8.lastIndex(of: UInt8(ascii: "@")) {
      let credentials = String(Substring(rest.utf8[..<end]))
      guard isEscaped(credentials) else {
        throw HourglassError(
          .usage,
          "The user or the password in the address of PostgreSQL holds a character that must be written with % and two digits; write @ as "
            + "%40, / as %2F, ? as %3F, # as %23 and % as %25, or leave the password to PGPASSWORD or ~/.pgpass."
        )
      }
      user = "\(credentials.parts(at: ":", cuts: 1)[0])@"
      place = String(Substring(rest.utf8[rest.utf8.index(after: end)...]))
    }
    place = place.parts(at: "?", cuts: 1)[0]
    let parts = place.parts(at: "/", cuts: 1)
    for host in parts[0].parts(at: ",") {
      // Of an address in brackets the colons are its own.
      let behind = host.utf8.lastIndex(of: UInt8(ascii: "]")).map { host.utf8[$0...] } ?? host.utf8[...]
      let port = String(Substring(behind)).parts(at: ":", cuts: 1).dropFirst().first ?? ""
      guard port.utf8.allSatisfy({ 48...57 ~= $0 }) else {
        throw HourglassError(
          .usage,
          "The address of PostgreSQL has something else than digits as the port; write postgresql://USER@HOST:PORT/DATABASE."
        )
      }
    }
    return "postgresql://\(shortened(user + place))"
  }

  private static func isEscaped(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    func isDigit(_ place: Int) -> Bool {
      guard bytes.indices.contains(place) else { return false }
      return 48...57 ~= bytes[place] || 97...102 ~= bytes[place] | 32
    }
    return bytes.indices.allSatisfy { place in
      switch bytes[place] {
      case UInt8(ascii: "%"): isDigit(place + 1) && isDigit(place + 2)
      case UInt8(ascii: "@"), UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): false
      case let byte: byte > 0x20
      }
    }
  }
}

extension DatabaseAddress.Selection {
  var text: String {
    switch self {
    case .table(let name): name
    case .query(let query): query
    }
  }

  var noun: String {
    switch self {
    case .table: "table"
    case .query: "query"
    }
  }
}
