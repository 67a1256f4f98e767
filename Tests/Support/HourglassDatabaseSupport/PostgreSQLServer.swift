import CPostgres
import Foundation

/// The server that `script/with-postgresql` starts, asked by libpq itself and not by what is tested.
package enum PostgreSQLServer {
  package struct Refusal: Error { package var message: String }

  /// With a user who may do anything, and the password; nil where there is no server.
  package static let address = ProcessInfo.processInfo.environment["HOURGLASS_POSTGRESQL"]
  package static var isThere: Bool { address != nil }
  package static let absence = "no PostgreSQL is there; run the tests by script/with-postgresql"

  package static var password: String {
    URLComponents(string: address ?? "")?.password ?? ""
  }

  /// The address with another user or password.
  package static func address(user: String, password: String) -> String {
    guard var parts = URLComponents(string: address ?? "") else { return "" }
    (parts.user, parts.password) = (user, password)
    return parts.string ?? ""
  }

  /// The address of connections that bear a name, by which `endConnections` tells them from those of tests beside it. Other settings,
  /// and the table or the query, follow as `&…`.
  package static func address(of connections: String) -> String {
    "\(address ?? "")?application_name=\(connections)"
  }

  /// Ends connections in the middle of what they do.
  ///
  /// - Returns: how many there were.
  @discardableResult
  package static func endConnections(_ name: String) throws -> Int {
    try run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '\(name)'").count
  }

  /// - Returns: the cells of all rows that the last statement gives, with `NULL` for what is missing.
  @discardableResult
  package static func run(_ sql: String) throws -> [[String]] {
    let handle = PQconnectdb(address ?? "")
    defer { PQfinish(handle) }
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    let result = PQexec(handle, sql)
    defer { PQclear(result) }
    let status = PQresultStatus(result)
    guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else {
      throw Refusal(message: String(cString: PQerrorMessage(handle)))
    }
    return (0..<PQntuples(result)).map { row in
      (0..<PQnfields(result)).map { column in
        PQgetisnull(result, row, column) == 1 ? "NULL" : String(cString: PQgetvalue(result, row, column))
      }
    }
  }
}
