import ArgumentParser

/// The option that names a file to write. All such options look alike, are checked alike and never replace a file in silence
/// (`OutputFile`); what they differ in is their kind.
protocol OutputOptions: ParsableArguments {
  associatedtype Kind: OutputKind
  associatedtype Path
  var path: Path { get }
}

extension OutputOptions {
  fileprivate func check(_ path: String?) throws {
    guard let path, let complaint = Kind.endings.complaint(about: path, of: Kind.option) else { return }
    throw ValidationError(complaint)
  }

  fileprivate static var help: ArgumentHelp { ArgumentHelp(Kind.help, valueName: Kind.valueName) }
}

extension OutputOptions where Path == String {
  func validate() throws { try check(path) }

  var file: OutputFile { OutputFile(path, option: Kind.option) }
}

extension OutputOptions where Path == String? {
  func validate() throws { try check(path) }

  var file: OutputFile? { path.map { OutputFile($0, option: Kind.option) } }
}

/// A file that has to be named.
struct RequiredOutput<Kind: OutputKind>: OutputOptions {
  @Option(name: .customLong(Kind.option), help: Self.help, completion: .file())
  var path: String
}

/// A file that has a name if nobody gives one.
struct UsualOutput<Kind: UsualOutputKind>: OutputOptions {
  @Option(name: .customLong(Kind.option), help: Self.help, completion: .file())
  var path = Kind.usualPath
}

/// A file that is not written, or whose name depends on other options, if nobody names it.
struct OptionalOutput<Kind: OutputKind>: OutputOptions {
  @Option(name: .customLong(Kind.option), help: Self.help, completion: .file())
  var path: String?
}
