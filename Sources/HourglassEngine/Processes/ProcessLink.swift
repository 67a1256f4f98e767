import HourglassBase

/// Messages of any length between this process and one other: eight bytes that say how many come, then these.
///
/// Not `Sendable`: one thread uses it.
final class ProcessLink {
  private let group: any ProcessGroup
  private let other: Int
  /// Messages that are to come from a process that work was dealt to.
  var awaited = 0

  private var sending: [Transfer] = []
  private var receiving: Transfer?
  private var isHeader = true
  private var messages: [[UInt8]] = []
  private var hasEnded = false

  /// Memory stays while something may still be sent from it or written to it: that of a lost process for ever.
  private struct Transfer {
    var transfer: ProcessTransfer
    var memory: UnsafeMutableRawBufferPointer
  }

  /// Stands for the number of bytes at the end.
  private static let endMark = UInt64.max

  init(_ group: any ProcessGroup, to other: Int) {
    (self.group, self.other) = (group, other)
  }

  // MARK: Sending

  func send(_ bytes: [UInt8]) throws(HourglassError) {
    try sendHeader(UInt64(bytes.count))
    guard !bytes.isEmpty else { return }
    try send(Self.memory(bytes.count) { $0.copyBytes(from: bytes) })
  }

  func sendEnd() throws(HourglassError) { try sendHeader(Self.endMark) }

  private func sendHeader(_ count: UInt64) throws(HourglassError) {
    try send(Self.memory(ProcessMessage.leastBytes) { $0.storeBytes(of: count, as: UInt64.self) })
  }

  private func send(_ memory: UnsafeMutableRawBufferPointer) throws(HourglassError) {
    try group.losing { () throws(HourglassError) in
      let transfer = try group.send(UnsafeRawBufferPointer(memory), to: other)
      sending.append(Transfer(transfer: transfer, memory: memory))
    }
  }

  /// Waits until all that was sent is on its way or has come.
  func finishSending() throws(HourglassError) {
    try wait { sending.isEmpty }
  }

  // MARK: Receiving

  /// The next message of a process that sends until it says that it has ended; nil then.
  func message() throws(HourglassError) -> [UInt8]? {
    awaited = 1
    try wait { !messages.isEmpty || hasEnded }
    return messages.isEmpty ? nil : messages.removeFirst()
  }

  /// A message that has come.
  func arrived() -> [UInt8]? { messages.isEmpty ? nil : messages.removeFirst() }

  /// - Parameter look: lets other processes go on meanwhile.
  func waitForMessage(whileLooking look: () throws(HourglassError) -> Void) throws(HourglassError) {
    try wait { () throws(HourglassError) in
      try look()
      return !messages.isEmpty
    }
  }

  func waitForEnd() throws(HourglassError) {
    awaited += 1
    try wait { hasEnded && sending.isEmpty }
  }

  private func wait(_ isOver: () throws(HourglassError) -> Bool) throws(HourglassError) {
    try group.losing { () throws(HourglassError) in
      try group.wait(for: other) { () throws(HourglassError) in
        try lookOnce()
        return try isOver()
      }
    }
  }

  /// Whether a message has begun to come, and its rest is to follow.
  var isComing: Bool { receiving != nil && !isHeader }

  /// Lets what is on its way go on.
  func look() throws(HourglassError) {
    try group.losing { () throws(HourglassError) in try lookOnce() }
  }

  private func lookOnce() throws(HourglassError) {
    while let first = sending.first, try group.ended(first.transfer) != nil {
      first.memory.deallocate()
      sending.removeFirst()
    }
    while awaited > 0, !hasEnded {
      if receiving == nil { try receive(ProcessMessage.leastBytes, isHeader: true) }
      guard let current = receiving, let count = try group.ended(current.transfer) else { return }
      receiving = nil
      defer { current.memory.deallocate() }
      guard count == current.transfer.expected else { throw group.left(other) }
      guard isHeader else {
        arrive(Array(current.memory.prefix(messageCount)))
        continue
      }
      let header = current.memory.load(as: UInt64.self)
      if header == Self.endMark {
        hasEnded = true
      } else if header == 0 {
        arrive([])
      } else {
        messageCount = Int(header)
        try receive(ProcessMessage.bytes(carrying: messageCount), isHeader: false)
      }
    }
  }

  /// Bytes of the message whose header has come.
  private var messageCount = 0

  private func arrive(_ message: [UInt8]) {
    messages.append(message)
    // The first process goes on sending until it says so.
    if group.rank == 0 { awaited -= 1 }
  }

  private func receive(_ count: Int, isHeader: Bool) throws(HourglassError) {
    let memory = Self.memory(count) { _ in }
    let transfer = try group.receive(memory, from: other)
    receiving = Transfer(transfer: transfer, memory: memory)
    self.isHeader = isHeader
  }

  /// Room for a message that carries so many bytes.
  private static func memory(
    _ count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void
  ) -> UnsafeMutableRawBufferPointer {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: ProcessMessage.bytes(carrying: count), alignment: 64)
    // Nobody reads it, but it is sent.
    UnsafeMutableRawBufferPointer(rebasing: memory[count...]).initializeMemory(as: UInt8.self, repeating: 0)
    fill(memory)
    return memory
  }
}
