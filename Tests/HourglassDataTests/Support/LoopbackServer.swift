import Foundation

/// A web server for one test: on this machine only, one request to a connection, answers as told.
final class LoopbackServer: @unchecked Sendable {
  /// What the server does with a request for a path.
  enum Answer {
    case file([UInt8])
    case status(Int)
    /// Declares so many bytes and hangs up after those it has.
    case cut([UInt8], declared: Int)
    /// Sends the bytes without saying how many they are.
    case unmeasured([UInt8])
    /// Hangs up at once.
    case nothing
    /// Sends bytes that are not HTTP.
    case rubbish
    /// Never answers.
    case silence
    case redirect(String)
    /// Sends the bytes in pieces, with so many seconds after each.
    case slow([UInt8], pieces: Int, pause: Double)
  }

  let port: Int
  var address: String { "http://127.0.0.1:\(port)" }
  private let listener: Int32
  private let answers: [String: Answer]
  private let lock = NSLock()
  private var received: [String] = []

  /// - Parameter answers: by path, without the first slash; any other path is answered with status 404.
  init(_ answers: [String: Answer]) throws {
    self.answers = answers
    #if canImport(Glibc)
      listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      listener = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let status = withUnsafeMutablePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(listener, generic, length) | listen(listener, 16) | getsockname(listener, generic, &length)
      }
    }
    guard status == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
    port = Int(UInt16(bigEndian: place.sin_port))
    // A server that hangs up in the middle of a write must not end the process.
    signal(SIGPIPE, SIG_IGN)
    Thread.detachNewThread { [weak self] in
      // Closed here and not by `stop`: another server could get the number while this thread still accepts.
      defer { close(listener) }
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0, let server = self else { return }
        Thread.detachNewThread { server.serve(connection) }
      }
    }
  }

  /// Ends the server; connections are refused from then on.
  func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
  }

  /// The heads of the requests so far.
  var requests: [String] {
    lock.withLock { received }
  }

  private func serve(_ connection: Int32) {
    defer { close(connection) }
    var head: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      let count = recv(connection, &piece, piece.count, 0)
      guard count > 0 else { return }
      head += piece[..<count]
    }
    let text = String(decoding: head, as: UTF8.self)
    lock.withLock { received.append(text) }
    let path = String(text.split(separator: " ")[1].dropFirst())
    switch answers[path] ?? .status(404) {
    case .file(let bytes):
      send(connection, "200 OK", ["Content-Length: \(bytes.count)"], bytes)
    case .status(let status):
      send(connection, "\(status) As Told", ["Content-Length: 4"], Array("page".utf8))
    case .cut(let bytes, let declared):
      send(connection, "200 OK", ["Content-Length: \(declared)"], bytes)
    case .unmeasured(let bytes):
      send(connection, "200 OK", [], bytes)
    case .nothing:
      break
    case .rubbish:
      write(connection, Array("not a web server\r\n\r\n".utf8))
    case .silence:
      _ = recv(connection, &piece, piece.count, 0)
    case .slow(let bytes, let pieces, let pause):
      send(connection, "200 OK", ["Content-Length: \(bytes.count)"], [])
      for index in 0..<pieces {
        write(connection, Array(bytes[bytes.count * index / pieces..<bytes.count * (index + 1) / pieces]))
        Thread.sleep(forTimeInterval: pause)
      }
    case .redirect(let target):
      send(connection, "302 Found", ["Location: \(target)", "Content-Length: 0"], [])
    }
  }

  private func send(_ connection: Int32, _ status: String, _ fields: [String], _ body: [UInt8]) {
    let head = (["HTTP/1.1 \(status)", "Connection: close"] + fields).joined(separator: "\r\n")
    write(connection, Array("\(head)\r\n\r\n".utf8) + body)
  }

  private func write(_ connection: Int32, _ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.send(connection, $0.baseAddress, $0.count, 0) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}
