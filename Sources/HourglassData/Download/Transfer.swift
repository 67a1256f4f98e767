import Foundation
import HourglassFiles

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Why one mirror did not give a file; another may.
struct TransferFailure: Error {
  let reason: String
}

/// One answer of a server on its way into a file, piece by piece.
///
/// `@unchecked Sendable`: after `run` has started the task, the variables are touched only by the session's
/// delegate queue, which does one thing at a time.
final class Transfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  private let file: PartialFile
  private let byteLimit: Int
  private let patience: Int
  private let report: @Sendable (_ received: Int, _ total: Int?) -> Void
  private let digest = SHA256Digest()
  private var received = 0
  private var total: Int?
  /// What ended the transfer from our side; it explains the cancellation that follows.
  private var failure: (any Error)?
  private var continuation: CheckedContinuation<String, any Error>?

  init(
    into file: PartialFile, byteLimit: Int, patience: Int,
    report: @escaping @Sendable (_ received: Int, _ total: Int?) -> Void
  ) {
    self.file = file
    self.byteLimit = byteLimit
    self.patience = patience
    self.report = report
  }

  /// Fetches what is at the address; to be called once.
  ///
  /// - Returns: the SHA-256 digest of what came.
  /// - Throws: `TransferFailure` if the server is at fault, `HourglassError` if the disk is.
  func run(_ url: URL) async throws -> String {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = Double(patience)
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 1
    let session = URLSession(configuration: configuration, delegate: self, delegateQueue: queue)
    // A session holds on to its delegate until it is told that no more is to come.
    defer { session.finishTasksAndInvalidate() }
    var request = URLRequest(url: url)
    // The digest is that of the compressed file: nobody shall unpack it on the way.
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    let task = session.dataTask(with: request)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        self.continuation = continuation
        task.resume()
      }
    } onCancel: {
      task.cancel()
    }
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    total = response.expectedContentLength >= 0 ? Int(response.expectedContentLength) : nil
    if let status = (response as? HTTPURLResponse)?.statusCode, status != 200 {
      failure = TransferFailure(reason: "the server answered with HTTP status \(status)")
    } else if let total, total > byteLimit {
      failure = TransferFailure(reason: "the file has \(total) bytes, more than the limit of \(byteLimit)")
    }
    completionHandler(failure == nil ? .allow : .cancel)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    guard failure == nil else { return }
    do {
      received += data.count
      guard received <= byteLimit else {
        throw TransferFailure(reason: "the file has more bytes than the limit of \(byteLimit)")
      }
      try data.withUnsafeBytes { bytes in
        digest.update(bytes)
        try file.append(bytes)
      }
      report(received, total)
    } catch {
      failure = error
      dataTask.cancel()
    }
  }

  /// Keeps a transfer that began encrypted from going on in the clear.
  func urlSession(
    _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
  ) {
    let wasEncrypted = task.originalRequest?.url?.scheme == "https"
    completionHandler(wasEncrypted && request.url?.scheme != "https" ? nil : request)
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    let result: Result<String, any Error>
    if let failure {
      result = .failure(failure)
    } else if let error {
      result = .failure(explanation(of: error))
    } else if let total, received != total {
      result = .failure(cut(total))
    } else {
      result = .success(digest.finish())
    }
    continuation?.resume(with: result)
    continuation = nil
  }

  private func cut(_ total: Int) -> TransferFailure {
    TransferFailure(reason: "the connection was cut after \(received) of \(total) bytes")
  }

  private func explanation(of error: any Error) -> any Error {
    guard let error = error as? URLError else {
      return TransferFailure(reason: "the transfer failed: \(error.localizedDescription)")
    }
    switch error.code {
    case .cancelled:
      return CancellationError()
    case .timedOut:
      return TransferFailure(reason: "the server said nothing for \(patience) seconds")
    case .cannotConnectToHost:
      return TransferFailure(reason: "the connection was refused")
    case .cannotFindHost, .dnsLookupFailed, .notConnectedToInternet:
      return TransferFailure(reason: "the server cannot be found or the network is down")
    default:
      if let total, received < total { return cut(total) }
      return TransferFailure(reason: "the transfer failed: \(error.localizedDescription)")
    }
  }
}
