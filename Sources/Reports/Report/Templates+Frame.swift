extension ReportTemplates {
    static let beginTemplate = #"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <meta name="color-scheme" content="light dark">
        <meta name="robots" content="noindex">
        <title>{{title}} · orderd</title>
        <style>
        {{> style}}
        </style>
        </head>
        <body>
        <a class="skip" href="#main">Skip to the report</a>
        <header class="top">
        <p class="brand">{{#home}}<a href="{{home}}">orderd</a>{{/home}}{{^home}}orderd{{/home}}</p>
        <p class="asof">as of <time datetime="{{asOf.exact}}">{{asOf.words}}</time></p>
        </header>
        <main id="main">

        """#

    static let endTemplate = #"""
        </main>
        <footer>
        <p>Made by orderd {{software}}. Days and hours are UTC. Amounts of different currencies are never added. Revenue, orders and units are those of completed orders, on the day of their completion.</p>
        </footer>
        </body>
        </html>

        """#

    static let styleTemplate = #"""
        :root {
          --paper: #f6f7f5; --card: #ffffff; --ink: #1c2321; --soft: #55605c; --line: #d9dedb; --link: #0b5a75;
          --one: #7fb2c4; --two: #17667f; --fine: #17693a; --fine-paper: #e5f3e9; --warning: #7d4b00; --warning-paper: #fdf1d8;
          --bad: #a01f1f; --bad-paper: #fbe6e4; --code: #eef1ef;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #121716; --card: #1b2220; --ink: #e6ebe8; --soft: #a3aeaa; --line: #36403d; --link: #83c9e0;
            --one: #35687a; --two: #79c3db; --fine: #86d6a1; --fine-paper: #173323; --warning: #f0c069; --warning-paper: #392b10;
            --bad: #ff9d94; --bad-paper: #42201d; --code: #262f2c;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
        .top, main, footer { max-width: 1180px; margin: 0 auto; padding: 0 20px; }
        .top { display: flex; justify-content: space-between; align-items: baseline; gap: 16px; padding-top: 16px; }
        .brand { font-weight: 700; letter-spacing: .01em; margin: 0; }
        .asof { color: var(--soft); margin: 0; font-size: 14px; text-align: right; }
        a { color: var(--link); }
        a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
        .skip { position: absolute; left: -9999px; }
        .skip:focus { left: 16px; top: 8px; background: var(--card); padding: 8px 12px; z-index: 1; }
        h1 { font-size: clamp(24px, 4vw, 34px); line-height: 1.2; margin: 0; letter-spacing: -.01em; overflow-wrap: anywhere; }
        h2 { font-size: 21px; line-height: 1.3; margin: 44px 0 12px; }
        h3 { font-size: 16px; margin: 0 0 8px; overflow-wrap: anywhere; }
        .lead { color: var(--soft); margin: -6px 0 14px; }
        .state { display: flex; gap: 16px; align-items: center; margin: 14px 0 0; padding: 22px 24px; border-radius: 14px; background: var(--fine-paper); }
        .state p { margin: 4px 0 0; color: var(--ink); }
        .state .mark { flex: none; width: 44px; height: 44px; border-radius: 50%; display: grid; place-items: center; font-size: 24px; font-weight: 700; background: var(--fine); color: var(--fine-paper); }
        .state.warning { background: var(--warning-paper); } .state.warning .mark { background: var(--warning); color: var(--warning-paper); }
        .state.bad { background: var(--bad-paper); } .state.bad .mark { background: var(--bad); color: var(--bad-paper); }
        .jump { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 14px 0 0; padding: 0; list-style: none; font-size: 15px; }
        .jump a { display: inline-block; padding: 3px 0; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 16px 18px; margin: 0 0 16px; min-width: 0; }
        .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 16px; align-items: start; }
        .pair > .card { margin: 0; }
        .card > p:last-child { margin-bottom: 0; }
        .pair + .card, .pair + .pair, .card + .pair { margin-top: 16px; }
        .columns { columns: 440px 2; column-gap: 16px; orphans: 1; widows: 1; }
        .columns > .card { break-inside: avoid; display: inline-block; width: 100%; }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 0 0 16px; }
        .figures div { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 12px 16px; }
        .figures dt { color: var(--soft); font-size: 14px; }
        .figures dd { margin: 0; font-size: 23px; font-weight: 650; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; line-height: 1.3; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: 15px; }
        caption { text-align: left; font-weight: 650; padding: 0 0 6px; }
        th, td { text-align: left; vertical-align: top; padding: 7px 12px 7px 0; border-top: 1px solid var(--line); overflow-wrap: break-word; }
        .w, bdi { overflow-wrap: anywhere; }
        td code { white-space: nowrap; }
        thead th { border-top: 0; color: var(--soft); font-weight: 600; font-size: 14px; white-space: nowrap; }
        tbody th { font-weight: 600; }
        td:last-child, th:last-child { padding-right: 0; }
        .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .w { min-width: 11em; }
        .small { font-size: 14px; font-weight: 400; color: var(--soft); }
        .text { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; line-clamp: 3; overflow: hidden; }
        .tag { display: inline-block; padding: 1px 9px; border-radius: 99px; font-size: 14px; font-weight: 600; background: var(--code); white-space: nowrap; }
        .tag.fine { background: var(--fine-paper); color: var(--fine); }
        .tag.warning, .tag.held { background: var(--warning-paper); color: var(--warning); }
        .tag.bad, .tag.failed { background: var(--bad-paper); color: var(--bad); }
        .state .tag { background: var(--card); }
        code { font: 14px/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; background: var(--code); border-radius: 6px; padding: 2px 6px; overflow-wrap: anywhere; -webkit-box-decoration-break: clone; box-decoration-break: clone; }
        code.line { display: block; padding: 8px 10px; margin: 6px 0 0; font-size: 13px; }
        .needs { list-style: none; padding: 0; margin: 0; display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 14px; }
        .needs li { background: var(--card); border: 1px solid var(--line); border-left: 5px solid var(--warning); border-radius: 12px; padding: 14px 16px; min-width: 0; }
        .needs li.bad, .needs li.failed { border-left-color: var(--bad); }
        .needs p { margin: 4px 0 0; }
        .needs h3 { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; justify-content: space-between; }
        .chart { display: block; width: 100%; height: auto; max-width: 640px; font-size: 13px; }
        .chart text { fill: var(--soft); font-family: inherit; }
        .chart .grid { stroke: var(--line); } .chart .axis { stroke: var(--soft); }
        .chart .s1 { fill: var(--one); } .chart .s2 { fill: var(--two); }
        .chart line.mark { stroke: var(--bad); stroke-width: 2; stroke-dasharray: 5 4; } .chart text.mark { fill: var(--bad); }
        .chart.single .s1 { fill: var(--two); }
        .legend { display: flex; gap: 16px; margin: 0 0 4px; padding: 0; list-style: none; font-size: 14px; color: var(--soft); }
        .legend svg { width: 12px; height: 12px; margin-right: 6px; vertical-align: -1px; }
        .legend .s1 { fill: var(--one); } .legend .s2 { fill: var(--two); }
        .bar { display: block; width: 100%; min-width: 50px; height: 8px; margin-top: 8px; }
        .bar rect { fill: var(--two); }
        details { margin-top: 8px; font-size: 14px; }
        summary { cursor: pointer; color: var(--link); padding: 3px 0; }
        details table { font-size: 14px; margin-top: 6px; }
        .facts { display: grid; grid-template-columns: minmax(110px, max-content) 1fr; gap: 6px 18px; margin: 0; }
        .facts dt { color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
        .story { list-style: none; padding: 0; margin: 0; border-left: 2px solid var(--line); }
        .story li { padding: 0 0 12px 18px; position: relative; overflow-wrap: anywhere; }
        .story li::before { content: ""; position: absolute; left: -6px; top: 8px; width: 10px; height: 10px; border-radius: 50%; background: var(--two); }
        .pages { columns: 10em; padding: 0; margin: 0; list-style: none; font-variant-numeric: tabular-nums; }
        .pages a { display: inline-block; padding: 3px 0; }
        .way { display: flex; justify-content: space-between; gap: 16px; flex-wrap: wrap; margin: 18px 0 0; }
        footer { color: var(--soft); font-size: 14px; padding-top: 24px; padding-bottom: 40px; }
        @media (max-width: 560px) {
          .top, main, footer { padding-left: 14px; padding-right: 14px; }
          .state { padding: 16px; align-items: flex-start; } .card { padding: 14px; }
          .figures { grid-template-columns: 1fr 1fr; } .figures dd { font-size: 19px; } .figures div:first-child:nth-last-child(n + 3) { grid-column: 1 / -1; }
          .chart { font-size: 17px; } .chart text[text-anchor="middle"] { transform: translateY(3px); } code.line { font-size: 12px; } table { font-size: 14px; } th, td { padding-right: 9px; } .w { min-width: 8em; }
          .sales th:last-child, .sales td:last-child, .sales th:nth-child(3), .sales td:nth-child(3), .places th:nth-child(2), .places td:nth-child(2) { display: none; }
          .sales th:nth-child(4), .sales td:nth-child(4) { padding-right: 0; }
          .stack, .stack tbody { display: block; } .stack thead { position: absolute; left: -9999px; } .text { -webkit-line-clamp: 6; line-clamp: 6; }
          .stack tr { display: grid; grid-template-columns: 1fr auto; gap: 2px 12px; padding: 9px 0; border-top: 1px solid var(--line); }
          .stack tr:first-child { border-top: 0; padding-top: 0; } .stack th, .stack td { border: 0; padding: 0; min-width: 0; white-space: normal; }
          .stack .wide { grid-column: 1 / -1; } .stack .beside { grid-column: 2; grid-row: 1; } .stack code { white-space: normal; font-size: 12px; }
          .stack [data-head]::before { content: attr(data-head) ": "; color: var(--soft); }
          .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: 8px; }
        }
        @media print {
          :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --link: #000; --one: #aaa; --two: #444;
            --fine: #000; --fine-paper: #fff; --warning: #000; --warning-paper: #fff; --bad: #000; --bad-paper: #fff; --code: #fff; }
          body { font-size: 11pt; } .skip, .jump, details, .way { display: none; }
          .card, .figures div, .needs li, tr, .chart { break-inside: avoid; } h2, h3, .lead { break-after: avoid; }
          .state { border: 2px solid #000; } .state[class] .mark { border: 2px solid #000; background: #fff; color: #000; } .scroll { overflow: visible; }
          .pair { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } .columns { columns: 1; } .columns .chart { max-width: 420px; } .tag { border: 1px solid #000; }
          table, code, table .small, thead th, .tag { font-size: 9pt; } caption { font-size: 11pt; } td code { white-space: normal; } .chart { font-size: 15px; }
          .figures { display: flex; flex-wrap: wrap; } .figures div { flex: 1 1 auto; } .figures dd { font-size: 15pt; white-space: nowrap; }
          .facts { grid-template-columns: minmax(80px, 38%) 1fr; }
        }
        """#

    static let chartsTemplate = #"""
        <figure class="card" style="margin-left:0;margin-right:0">
        <figcaption><h3>{{chartTitle}}</h3></figcaption>
        {{#chartEmpty}}<p class="small">Nothing in this time.</p>{{/chartEmpty}}
        {{^chartEmpty}}
        <ul class="legend">{{#chartLegend}}<li><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="{{key}}" width="12" height="12" rx="3"/></svg>{{name}}</li>{{/chartLegend}}</ul>
        {{{chart}}}
        <details><summary>The same as a table</summary>
        <div class="scroll" role="region" aria-label="{{chartTitle}}" tabindex="0"><table>
        <thead><tr><th scope="col">{{chartAxis}}</th>{{#chartHeads}}<th scope="col" class="n">{{head}}</th>{{/chartHeads}}</tr></thead>
        <tbody>{{#chartRows}}<tr><th scope="row">{{row}}</th>{{#cells}}<td class="n">{{cell}}</td>{{/cells}}</tr>{{/chartRows}}</tbody>
        </table></div></details>
        {{/chartEmpty}}
        </figure>

        """#
}
