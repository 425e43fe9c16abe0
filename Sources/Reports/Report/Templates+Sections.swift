extension ReportTemplates {
    static let attentionTemplate = #"""
        <section aria-labelledby="needs">
        <h2 id="needs">What needs a person</h2>
        {{#needsNobody}}<p class="card">Nothing. Every order goes on by itself.</p>{{/needsNobody}}
        <ul class="needs">
        {{#matters}}
        <li class="{{level}}"><h3>{{matter}}</h3>
        <p>{{detail}}{{#since}} <span class="small">Since <time datetime="{{exact}}">{{words}}</time>.</span>{{/since}}</p>
        {{#command}}<code class="line">{{command}}</code>{{/command}}</li>
        {{/matters}}
        {{#orders}}
        <li class="{{state}}"><h3><span>{{#link}}<a href="{{link}}">{{total}}</a>{{/link}}{{^link}}{{total}}{{/link}}, {{partner}}</span> <span class="tag {{state}}">{{state}}: {{reason}}</span></h3>
        {{#reference}}<p>Reference <bdi>{{reference}}</bdi></p>{{/reference}}
        <p class="text"><bdi>{{explanation}}</bdi></p>
        <p class="small">For {{age}}, since {{#since}}<time datetime="{{exact}}">{{words}}</time>{{/since}}</p>
        {{#command}}<code class="line">{{command}}</code>{{/command}}</li>
        {{/orders}}
        </ul>
        {{#hasRows}}
        <div class="card" style="margin-top:14px"><div class="scroll" role="region" aria-label="Other orders that wait for a person" tabindex="0"><table class="stack">
        <thead><tr><th scope="col">Order</th><th scope="col">Reference</th><th scope="col">Why</th><th scope="col" class="n">For</th>{{#isInternal}}<th scope="col">What to do</th>{{/isInternal}}</tr></thead>
        <tbody>
        {{#orderRows}}<tr><th scope="row" class="n" style="text-align:left">{{#link}}<a href="{{link}}">{{total}}</a>{{/link}}{{^link}}{{total}}{{/link}}, {{partner}}</th><td{{#reference}} data-head="Reference"{{/reference}}><bdi>{{reference}}</bdi></td><td class="beside"><span class="tag {{state}}">{{state}}: {{reason}}</span></td><td class="n" data-head="For">{{age}}</td>{{#isInternal}}<td class="wide"><code>{{command}}</code></td>{{/isInternal}}</tr>
        {{/orderRows}}
        </tbody></table></div></div>
        {{/hasRows}}
        {{#moreOrders}}<p>And {{moreOrders}} more: <code>orderd list --status ON_HOLD</code> <code>orderd list --status FAILED</code></p>{{/moreOrders}}
        </section>

        """#

    static let flowTemplate = #"""
        <section aria-labelledby="flows">
        <h2 id="flows">What flows</h2>
        <div class="pair">
        {{#flowCharts}}
        {{> charts}}
        {{/flowCharts}}
        </div>
        {{#hasPlaces}}
        <div class="card"><div class="scroll" role="region" aria-label="Depth and age of the queue" tabindex="0"><table class="places">
        <caption>Directories of the queue</caption>
        <thead><tr><th scope="col">Directory</th><th scope="col">Orders there</th><th scope="col" class="n">Number</th><th scope="col" class="n">Oldest</th></tr></thead>
        <tbody>
        {{#places}}<tr><th scope="row">{{place}}</th><td class="small">{{what}}</td><td class="n">{{depth}}</td><td class="n">{{age}}{{^age}}–{{/age}}</td></tr>
        {{/places}}
        </tbody></table></div></div>
        {{/hasPlaces}}
        </section>

        """#

    static let qualityTemplate = #"""
        <section aria-labelledby="quality">
        <h2 id="quality">How well</h2>
        <p class="lead">Against the targets, {{qualityPeriod}}.</p>
        <div class="card"><div class="scroll" role="region" aria-label="Reached and aimed at" tabindex="0"><table class="stack">
        <thead><tr><th scope="col">What</th><th scope="col">Reached</th><th scope="col">Target</th><th scope="col">Met</th></tr></thead>
        <tbody>
        {{#targets}}<tr><th scope="row">{{name}}</th><td class="w wide">{{found}}<br><span class="small">{{note}}</span></td><td class="wide" data-head="Target">{{aim}}</td><td class="beside"><span class="tag {{verdictKind}}">{{verdict}}</span></td></tr>
        {{/targets}}
        </tbody></table></div></div>
        <div class="pair">
        {{#qualityCharts}}
        {{> charts}}
        {{/qualityCharts}}
        </div>
        </section>

        """#

    static let salesTemplate = #"""
        <section aria-labelledby="sells">
        <h2 id="sells">What sells</h2>
        {{#sellsNothing}}<p class="card">No order has been completed in this time.</p>{{/sellsNothing}}
        {{#currencies}}
        {{#several}}<h3>In {{currency}}</h3>{{/several}}
        <dl class="figures">{{#figures}}<div><dt>{{figure}}</dt><dd>{{value}}</dd></div>{{/figures}}</dl>
        <div class="columns">
        {{#salesCharts}}
        {{> charts}}
        {{/salesCharts}}
        {{#salesTables}}
        <div class="card"><div class="scroll" role="region" aria-label="{{tableTitle}} in {{currency}}" tabindex="0"><table class="sales">
        <caption>{{tableTitle}}</caption>
        <thead><tr><th scope="col">{{tableHead}}</th><th scope="col" class="n">{{ordersHead}}</th><th scope="col" class="n">Units</th><th scope="col" class="n">{{currency}}</th><th scope="col" class="n">Share</th></tr></thead>
        <tbody>
        {{#tableRows}}<tr><th scope="row" class="w">{{#rowLink}}<a href="{{rowLink}}">{{row}}</a>{{/rowLink}}{{^rowLink}}<bdi>{{row}}</bdi>{{/rowLink}}{{#rowTitle}} <span class="small"><bdi>{{rowTitle}}</bdi></span>{{/rowTitle}}<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="{{rowBar}}" height="8" rx="2"/></svg></th><td class="n">{{rowOrders}}</td><td class="n">{{rowUnits}}</td><td class="n">{{rowAmount}}</td><td class="n">{{rowShare}}</td></tr>
        {{/tableRows}}
        </tbody></table></div>{{#tableMore}}<p class="small">{{tableMore}}</p>{{/tableMore}}</div>
        {{/salesTables}}
        </div>
        {{/currencies}}
        {{#hasCustomers}}{{#customers}}
        <h3 style="margin-top:20px">Customers {{customerPeriod}}</h3>
        <div class="pair">
        {{#customerChart}}
        {{> charts}}
        {{/customerChart}}
        <dl class="figures"><div><dt>New</dt><dd>{{newCustomers}}</dd></div><div><dt>Returning, once a day each</dt><dd>{{returningCustomers}}</dd></div></dl>
        </div>
        {{/customers}}{{/hasCustomers}}
        </section>

        """#

    static let refusalsTemplate = #"""
        <section aria-labelledby="refused">
        <h2 id="refused">What was refused, and why</h2>
        {{#refusesNothing}}<p class="card">Nothing was refused {{refusalPeriod}}.</p>{{/refusesNothing}}
        {{^refusesNothing}}
        <p class="lead">By reason and partner, {{refusalPeriod}}, with one example each. An order with several faults counts under each.</p>
        <div class="card"><div class="scroll" role="region" aria-label="Reasons of refusals" tabindex="0"><table class="stack">
        <thead><tr><th scope="col">Reason</th><th scope="col">Partner</th><th scope="col" class="n">Number</th><th scope="col">For example</th></tr></thead>
        <tbody>
        {{#refusals}}<tr><th scope="row">{{code}}<br><span class="small">{{kind}}</span></th><td class="wide" data-head="Partner">{{refusedPartner}}</td><td class="n beside">{{count}}</td><td class="w wide"><span class="text"><bdi>{{message}}</bdi></span><span class="small">{{#file}}in <bdi>{{file}}</bdi>{{/file}}{{#entry}}, {{entry}}{{/entry}}{{#exampleReference}}, reference <bdi>{{exampleReference}}</bdi>{{/exampleReference}}{{#pointer}}, at <bdi>{{pointer}}</bdi>{{/pointer}}{{#subject}}{{subject}}{{/subject}}</span></td></tr>
        {{/refusals}}
        </tbody></table></div></div>
        {{/refusesNothing}}
        </section>

        """#
}
