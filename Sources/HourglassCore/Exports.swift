// Build, train, save, load, encode, decode and score in memory: what a server or an app embeds. Only this passes the
// names of the targets below on, so that `import HourglassCore` is all a user writes.
@_exported import HourglassBase
@_exported import HourglassEngine
@_exported import HourglassGraph
@_exported import HourglassModels
@_exported import HourglassNN
