import HourglassFiles

/// The one script of a page. The page's policy allows it by its digest, so that no other runs, whatever gets into the page.
package struct PageScript: Sendable {
  private let text: String

  /// - Parameter bytes: of a script that is part of the program, in whole lines.
  package init(resource bytes: [UInt8]) { text = "\n\(String(decoding: bytes, as: UTF8.self))" }

  package var element: HTML { HTML(trusted: "<script>\(text)</script>") }

  /// What stands for the script in a content security policy (W3C CSP Level 3, hash-source).
  var policySource: String { "'sha256-\(DataLink.base64(sha256(text)))'" }
}
