// Texts without the passwords of the addresses in them.

extension DatabaseAddress {
  /// A text with the addresses of servers in it as people are told of them, however the text came to hold them.
  ///
  /// - Parameters:
  ///   - isMessage: whether it is written for people, who miss nothing where too much of an address goes. Otherwise it may hold
  ///     cells of tables, and nothing goes behind the word of an address, nor what may as well be a port.
  ///   - isAddress: whether the text stands behind an address, so that settings may follow from its beginning on.
  package static func withoutPasswords(
    _ text: String, isMessage: Bool = true, isAddress: Bool = false
  ) -> String {
    var shown: [UInt8] = []
    var rest = Array(text.utf8)[...]
    // Whether settings may follow.
    var isAddress = isAddress
    while let next = rest.first {
      if let scheme = scheme(of: rest, among: postgreSQL) {
        shown += rest.prefix(scheme.utf8.count)
        rest = rest.dropFirst(scheme.utf8.count)
        // The colons of an address in brackets are its own.
        let ends = rest.first == UInt8(ascii: "[") ? "]" : ":@/?"
        let user = rest.prefix { !ends.utf8.contains($0) && !endsWord($0) }
        shown += user
        rest = rest.dropFirst(user.count)
        rest = rest.dropFirst(passwordLength(rest, isMessage: isMessage))
        isAddress = true
      } else if isAddress, let name = passwordSetting(rest) {
        shown += name
        rest = rest.dropFirst(name.count).drop { !endsSetting($0) }
      } else {
        // A query may have words before a setting.
        if !isMessage, endsWord(next) { isAddress = false }
        shown.append(next)
        rest.removeFirst()
      }
    }
    return String(decoding: shown, as: UTF8.self)
  }

  private static func endsWord(_ byte: UInt8) -> Bool { byte <= 0x20 || "\"'".utf8.contains(byte) }
  private static func endsSetting(_ byte: UInt8) -> Bool { endsWord(byte) || byte == UInt8(ascii: "&") }

  private static let secrets = [
    "password=", "sslpassword=", "oauth_client_secret=", "scram_client_key=", "scram_server_key=",
  ]

  /// The mark, the name and the sign before a password, such as `&password=`; nil where none begins.
  private static func passwordSetting(_ rest: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let mark = rest.first, "?&".utf8.contains(mark) else { return nil }
    return scheme(of: rest.dropFirst(), among: secrets).map {
      rest.prefix(1 + $0.utf8.count)
    }
  }

  /// Bytes of a text behind the name of a user or a host that may be a password.
  private static func passwordLength(_ rest: ArraySlice<UInt8>, isMessage: Bool) -> Int {
    guard rest.first == UInt8(ascii: ":") else { return 0 }
    let behind = rest.dropFirst().drop { 48...57 ~= $0 }.first
    let isPort = behind.map { "/?,".utf8.contains($0) || endsWord($0) } ?? true
    // In a message a word may have quotes, since a password may.
    let word = rest.prefix { isMessage ? $0 > 0x20 : !endsWord($0) }
    let at = UInt8(ascii: "@")
    if let end = word.lastIndex(of: at), isMessage || !isPort { return end - rest.startIndex }
    if isPort || !isMessage { return 0 }
    // A password with a blank, or one that was cut off.
    return (rest.firstIndex(of: at) ?? rest.endIndex) - rest.startIndex
  }

  // MARK: - Settings behind a table

  /// The setting of libpq that a table's name holds as another part of the address, such as in `T&password=…`; nil where it holds none.
  static func setting(in table: String) -> String? {
    table.parts(at: "&").dropFirst().lazy.compactMap { part in
      let name = part.parts(at: "=", cuts: 1)
      return name.count == 2 && settings.contains(name[0].lowercased()) ? name[0].lowercased() : nil
    }.first
  }

  /// Of libpq 18 (https://www.postgresql.org/docs/current/libpq-connect.html), and `ssl`, which it takes in an address too.
  private static let settings: Set<String> = [
    "application_name", "channel_binding", "client_encoding", "connect_timeout", "dbname",
    "fallback_application_name", "gssdelegation", "gssencmode", "gsslib", "host", "hostaddr", "keepalives",
    "keepalives_count", "keepalives_idle", "keepalives_interval", "krbsrvname", "load_balance_hosts",
    "max_protocol_version", "min_protocol_version", "oauth_client_id", "oauth_client_secret", "oauth_issuer",
    "oauth_scope", "options", "passfile", "password", "port", "replication", "require_auth", "requirepeer",
    "requiressl", "scram_client_key", "scram_server_key", "service", "servicefile", "ssl",
    "ssl_max_protocol_version", "ssl_min_protocol_version", "sslcert", "sslcertmode", "sslcompression",
    "sslcrl", "sslcrldir", "sslkey", "sslkeylogfile", "sslmode", "sslnegotiation", "sslpassword",
    "sslrootcert", "sslsni", "target_session_attrs", "tcp_user_timeout", "user",
  ]
}
