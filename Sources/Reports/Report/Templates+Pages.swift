extension ReportTemplates {
    static let indexTemplate = #"""
        {{> begin}}
        <div class="state {{level}}"><span class="mark" aria-hidden="true">{{levelMark}}</span><div>
        <h1>{{sentence}}.</h1>
        {{#levelSince}}<p>Since <time datetime="{{exact}}">{{words}}</time></p>{{/levelSince}}
        </div></div>
        <nav aria-label="On this page"><ul class="jump">
        <li><a href="#needs">Needs a person</a></li><li><a href="#flows">Flows</a></li><li><a href="#quality">How well</a></li><li><a href="#sells">Sells</a></li><li><a href="#refused">Refused</a></li>{{#hasPages}}<li><a href="#pages">Days and partners</a></li>{{/hasPages}}
        </ul></nav>
        {{> attention}}
        {{> flow}}
        {{> quality}}
        {{> sales}}
        {{> refusals}}
        {{#hasPages}}
        <section aria-labelledby="pages">
        <h2 id="pages">Days and partners</h2>
        <div class="pair">
        <div class="card"><h3>A page for each partner</h3><ul class="pages">{{#partnerPages}}<li><a href="{{page}}">{{name}}</a></li>{{/partnerPages}}</ul></div>
        <div class="card"><h3>A page for each day</h3><ul class="pages">{{#dayPages}}<li><a href="{{page}}">{{name}}</a></li>{{/dayPages}}</ul>{{#hasOlderDays}}<details><summary>{{olderDayCount}} earlier days</summary><ul class="pages">{{#olderDayPages}}<li><a href="{{page}}">{{name}}</a></li>{{/olderDayPages}}</ul></details>{{/hasOlderDays}}</div>
        </div>
        </section>
        {{/hasPages}}
        {{> end}}
        """#

    static let dayTemplate = #"""
        {{> begin}}
        <nav class="way" aria-label="Days">
        <span>{{#previous}}<a href="{{page}}">&larr; {{name}}</a>{{/previous}}</span><span>{{#next}}<a href="{{page}}">{{name}} &rarr;</a>{{/next}}</span>
        </nav>
        <h1 style="margin-top:14px">{{title}}</h1>
        {{#isToday}}<p class="small">The day is not over yet.</p>{{/isToday}}
        <dl class="figures" style="margin-top:16px">{{#dayFigures}}<div><dt>{{figure}}</dt><dd>{{value}}</dd></div>{{/dayFigures}}</dl>
        {{> flow}}
        {{> quality}}
        {{> sales}}
        {{> refusals}}
        {{> end}}
        """#

    static let partnerTemplate = #"""
        {{> begin}}
        <h1 style="margin-top:18px">{{title}}</h1>
        <p class="lead" style="margin-top:4px">What came from this partner, and what became of it.</p>
        {{> attention}}
        {{> flow}}
        {{> quality}}
        {{> sales}}
        {{> refusals}}
        {{> end}}
        """#

    static let orderTemplate = #"""
        {{> begin}}
        <div class="state {{#isFailed}}bad{{/isFailed}}{{^isFailed}}warning{{/isFailed}}"><span class="mark" aria-hidden="true">!</span><div>
        <h1>{{total}}, {{partner}}: {{state}}</h1>
        <p><span class="tag {{state}}">{{reason}}</span> <bdi>{{explanation}}</bdi></p>
        <p class="small">For {{age}}, since {{#since}}<time datetime="{{exact}}">{{words}}</time>{{/since}}</p>
        </div></div>
        <section aria-labelledby="do"><h2 id="do">What can be done</h2>
        <div class="card">{{#commands}}<code class="line">{{command}}</code>{{/commands}}</div></section>
        <div class="pair" style="margin-top:28px">
        <section class="card" aria-labelledby="what"><h2 id="what" style="margin-top:0">The order</h2>
        <p><code>{{id}}</code></p>
        <dl class="facts">{{#facts}}<dt>{{fact}}</dt><dd><bdi>{{value}}</bdi></dd>{{/facts}}</dl></section>
        <section class="card" aria-labelledby="story"><h2 id="story" style="margin-top:0">What happened</h2>
        <ol class="story">{{#history}}<li><strong>{{event}}</strong> <span class="small">{{at}}</span>{{#detail}}<br><bdi>{{detail}}</bdi>{{/detail}}<br><span class="small">{{#when}}<time datetime="{{exact}}">{{words}}</time>{{/when}}</span></li>{{/history}}</ol></section>
        </div>
        <section aria-labelledby="lines"><h2 id="lines">Lines</h2>
        <div class="card"><div class="scroll" role="region" aria-label="Every line" tabindex="0"><table>
        <thead><tr><th scope="col">Line</th><th scope="col">Product</th><th scope="col" class="n">Quantity</th><th scope="col" class="n">Price</th><th scope="col" class="n">{{lineCurrency}}</th></tr></thead>
        <tbody>{{#lines}}<tr><td>{{place}}</td><th scope="row" class="w"><bdi>{{product}}</bdi></th><td class="n">{{quantity}}</td><td class="n">{{price}}</td><td class="n">{{sum}}</td></tr>
        {{/lines}}</tbody></table></div>{{#moreLines}}<p class="small">And {{moreLines}} more.</p>{{/moreLines}}</div></section>
        {{#hasEffects}}<section aria-labelledby="calls"><h2 id="calls">Calls to the payment gateway</h2>
        <div class="card"><div class="scroll" role="region" aria-label="Every call" tabindex="0"><table>
        <thead><tr><th scope="col">Call</th><th scope="col">State</th><th scope="col">Asked</th><th scope="col">Key</th></tr></thead>
        <tbody>{{#effects}}<tr><th scope="row">{{effect}}</th><td>{{state}}</td><td>{{#requested}}<time datetime="{{exact}}">{{words}}</time>{{/requested}}</td><td><code>{{key}}</code></td></tr>{{/effects}}</tbody></table></div></div></section>{{/hasEffects}}
        {{#hasReservations}}<section aria-labelledby="pieces"><h2 id="pieces">Pieces set aside</h2>
        <div class="card"><div class="scroll" role="region" aria-label="Every product" tabindex="0"><table>
        <thead><tr><th scope="col">Product</th><th scope="col" class="n">Pieces</th><th scope="col">State</th></tr></thead>
        <tbody>{{#reservations}}<tr><th scope="row"><bdi>{{product}}</bdi></th><td class="n">{{quantity}}</td><td>{{state}}</td></tr>{{/reservations}}</tbody></table></div></div></section>{{/hasReservations}}
        {{> end}}
        """#
}
