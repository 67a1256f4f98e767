/// How a report looks.
package enum ReportStyle {
  package static let text = """
    :root {
      color-scheme: light dark;
      --page: #fff; --ink: #1d2430; --soft: #56606f; --card: #f3f5f8; --line: #d8dde5;
    }
    @media (prefers-color-scheme: dark) {
      :root { --page: #14171c; --ink: #e6e9ee; --soft: #a3acb9; --card: #1e232b; --line: #39414d; }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 66rem; overflow-wrap: anywhere;
      background: var(--page); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif;
    }
    h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; }
    h2 { margin: 2.6rem 0 .8rem; font-size: 1.25rem; }
    p { margin: .5rem 0; max-width: 46rem; }
    ul { margin: .5rem 0; padding-left: 1.2rem; max-width: 46rem; }
    li { margin: .3rem 0; }
    .lead { font-size: 1.1rem; }
    .soft, figcaption, dt { color: var(--soft); }
    dl { margin: 0; }
    dd { margin: 0; }
    .tiles {
      display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: .8rem;
      margin-top: 1.5rem;
    }
    .tiles > div { padding: .8rem 1rem; border-radius: .6rem; background: var(--card); }
    .tiles .value { font-size: 1.6rem; font-weight: 650; line-height: 1.3; }
    .tiles dd:last-child { color: var(--soft); font-size: .875rem; }
    figure { margin: 0; }
    .scroll + figure { margin-top: 1.2rem; }
    figcaption { margin-top: .6rem; font-size: .9rem; }
    .samples { display: flex; flex-wrap: wrap; gap: .5rem; }
    .block { display: grid; grid-template-columns: 4.2rem repeat(5, auto); gap: .5rem; align-items: center; }
    .block span { color: var(--soft); font-size: .9rem; text-align: right; }
    .flow { display: grid; grid-template-columns: repeat(10, max-content); }
    .samples img { display: block; image-rendering: pixelated; border-radius: 2px; }
    .narrow { display: none; }
    .scroll { overflow-x: auto; }
    table {
      border-collapse: collapse; min-width: 60%; font-variant-numeric: tabular-nums;
      white-space: nowrap; overflow-wrap: normal;
    }
    table.prose { white-space: normal; }
    .prose th, .prose td:nth-child(2) { white-space: nowrap; vertical-align: top; }
    th, td { padding: .3rem 1.4rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left; }
    th { font-weight: 400; }
    thead th, tfoot th, tfoot td { font-weight: 600; }
    tfoot tr:not(:first-child) > * { font-weight: 400; }
    th.number, td.number { padding-right: 0; padding-left: 1.4rem; text-align: right; }
    .facts > div {
      display: grid; grid-template-columns: 11rem 1fr; padding: .3rem 0; border-bottom: 1px solid var(--line);
    }
    code { font: .875rem/1.5 ui-monospace, Menlo, Consolas, monospace; }
    pre { margin: .6rem 0; padding: .8rem 1rem; border-radius: .6rem; background: var(--card); white-space: pre-wrap; }
    details { margin: .8rem 0; }
    summary { cursor: pointer; font-weight: 600; }
    details > :not(summary) { margin-top: .8rem; }
    footer { margin-top: 3rem; color: var(--soft); font-size: .875rem; }
    @media (max-width: 62rem) {
      .samples { display: block; }
      .block { grid-template-columns: 3.6rem repeat(5, minmax(0, 1fr)); gap: .3rem; margin-bottom: 1rem; }
      .flow { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); gap: .3rem; }
      .samples img { width: 100%; height: auto; }
    }
    @media (min-width: 62.01rem) {
      .block + .block { grid-template-columns: repeat(5, auto); }
      .block + .block span { display: none; }
    }
    @media (max-width: 40rem) {
      .wide { display: none; }
      .narrow { display: block; }
      .tiles { grid-template-columns: 1fr 1fr; }
      .tiles > div { padding: .7rem .8rem; }
      .tiles .value { font-size: 1.25rem; }
      .facts > div { grid-template-columns: 1fr; }
      table { min-width: 100%; font-size: .78rem; }
      thead th { white-space: normal; vertical-align: bottom; }
      th, td { padding-right: .5rem; }
      th.number, td.number { padding-left: .5rem; }
    }
    """
}
