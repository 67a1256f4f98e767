import ArgumentParser

/// Whether a program reads the result.
struct JSONOptions: ParsableArguments {
  @Flag(name: .customLong("json"), help: "End with one line of JSON on standard output.")
  var isAsked = false
}
