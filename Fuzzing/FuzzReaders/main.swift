// What script/fuzz builds: one reader under libFuzzer.
//
//   fuzz-readers TARGET [exact] [libFuzzer's options and corpora]
//
// "exact" leaves the bytes as libFuzzer makes them; without it digests and check sums are put right before they are read.

import Foundation
import HourglassReaders

/// Declared by libFuzzer, which `-sanitize=fuzzer` links.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

private func complain(_ text: String) -> Never {
  FileHandle.standardError.write(Data("fuzz-readers: \(text)\n".utf8))
  exit(2)
}

private struct Target {
  let reader: FileReader
  let isExact: Bool

  init(_ words: [String]) {
    guard let name = words.first, let reader = FileReader.all.first(where: { $0.name == name }) else {
      complain("give one of \(FileReader.all.map(\.name).joined(separator: ", "))")
    }
    self.reader = reader
    isExact = words.dropFirst().first == "exact"
  }
}

private let target = Target(Array(CommandLine.arguments.dropFirst()))

/// Its `main` is ours, but libFuzzer's own, which is linked too, wants it.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: data, count: size))
  let bytes = target.isExact ? input : target.reader.repaired(input)
  if case .broken(let what) = target.reader.outcome(of: bytes) { fatalError(what) }
  return 0
}

var arguments = CommandLine.unsafeArgv
var count = CommandLine.argc
// libFuzzer's own begin after ours, with a name before them.
let own = target.isExact ? 2 : 1
arguments[own] = arguments[0]
arguments += own
count -= CInt(own)
exit(runFuzzer(&count, &arguments, testOneInput))
