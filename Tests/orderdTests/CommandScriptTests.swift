import Foundation
import Orders
import Testing

/// What verbs print, and their exit codes, without a daemon.
@Suite struct CommandScriptTests {
    @Test func spoolsAndPartnersAreMade() throws {
        let spool = try CommandSpool()
        try spool.script(
            """
            $ orderd list --spool SPOOL
            orderd: there is no spool at SPOOL: name one with --spool, or make it: orderd init SPOOL
            (exit 2)
            $ orderd init SPOOL
            made the spool SPOOL: directories, ledger, journal, and the partner warehouse

            Next:
              orderd partner add NAME --spool SPOOL      who drops files into SPOOL/partners/NAME/orders/
              orderd run --spool SPOOL                   the daemon
            $ orderd init SPOOL
            SPOOL is a spool already; what was missing in it is there now

            Next:
              orderd partner add NAME --spool SPOOL      who drops files into SPOOL/partners/NAME/orders/
              orderd run --spool SPOOL                   the daemon
            $ orderd partner add acme
            acme is active
            drops files into SPOOL/partners/acme/orders/
            $ orderd partner add acme --role warehouse
            orderd: acme is a partner already, with the role shop
            (exit 1)
            $ orderd partner list
            NAME       ROLE       STATE
            acme       shop       active
            warehouse  warehouse  active
            $ orderd partner disable acme
            acme is disabled
            $ orderd partner add acme
            orderd: acme is a partner already, and disabled: orderd partner enable acme
            (exit 1)
            $ orderd partner enable acme --json
            {"version":1,"id":"acme","ok":true,"message":"acme is active"}
            $ orderd partner enable nobody
            orderd: there is no partner nobody; orderd partner add nobody makes one
            (exit 1)
            $ orderd partner remove acme
            acme is removed
            $ orderd partner list --json
            {"version":1,"name":"warehouse","role":"warehouse","state":"active"}
            $ orderd partner show acme
            acme  shop, removed
              directory  SPOOL/partners/acme
              files      none
              orders     none
            $ orderd partner show nobody
            orderd: there is no partner nobody; orderd partner list shows them
            (exit 1)

            """)
    }

    @Test func ordersAreTakenShownAndDecidedAbout() throws {
        let spool = try CommandSpool.withAcme()
        try spool.drop(SampleOrder.text("PO-1"), as: "first.json")
        try spool.drop(SampleOrder.free("PO-2"), as: "free.json")
        try spool.script(
            """
            $ orderd why first.json
            first.json: waits: no daemon runs on this spool
              where  partners/acme/orders/first.json
              since  <time>
              until  a daemon runs
              do     orderd run --spool SPOOL
            $ orderd run --drain --set log.level=error
            2 files taken: 2 accepted
            2 orders in the spool: 1 done, 1 hold
            $ orderd list --status completed
            <order 1>  COMPLETED  done  acme  GBP 3.00  <time>  PO-1  -
            $ orderd list --status ON_HOLD
            <order 2>  ON_HOLD  hold  acme  GBP 0.00  <time>  PO-2  price-zero
            $ orderd list --limit 1 --partner nobody
            $ orderd status <order 2>
            <order 2>  ON_HOLD
              partner    acme
              reference  PO-2
              customer   c1
              amount     GBP 0.00, 1 line, 2 pieces
              file       free.json, order 0 of it, <drop 1>
              accepted   <time>
              changed    <time>
              stage      hold, next step validate
              reason     price-zero: line 1 has a price of zero
              history
                <time>  validate  accepted
                <time>  validate  held      price-zero
              orderd why <order 2> says what it waits for
            $ orderd why <order 2>
            <order 2>: waits for a person, before the step validate
              where    queue/hold/<order 2>.json
              since    <time>
              because  price-zero: line 1 has a price of zero
              until    somebody releases or cancels it
              do       orderd release <order 2> --reason "..."
                       orderd cancel <order 2> --reason "..."
            $ orderd why free.json
            free.json: has its receipt: accepted, orders: 1 accepted
              where  partners/acme/receipts/orders/free.json.receipt.json
              since  <time>
              do     orderd why <order 2>
            $ orderd cancel <order 1> --reason late
            orderd: cannot cancel <order 1>: it is done already
            (exit 1)
            $ orderd release <order 2> ord_00000000000000000000000000 nonsense --reason 'agreed with sales'
            <order 2> goes on
            orderd: <order 3> is not in the ledger; orderd list shows the orders
            orderd: nonsense is no order id: expected ord_ and 26 characters
            (exit 1)
            $ orderd status ord_00000000000000000000000000
            orderd: <order 3> is not in the ledger; orderd list shows the orders
            (exit 1)
            $ orderd why nothing.json
            orderd: nothing is known of nothing.json: no order has this id, and no file of this name waits, is in hand, or has a receipt
            (exit 1)
            $ orderd check
            files: 2 judged, 0 in hand; orders read: 2 = 2 accepted + 0 duplicate + 0 conflict + 0 rejected
            accepted: 2 done
            looked at 2 orders and 2 receipts, followed <n> events, compared <n> rows
            it all adds up

            """)
    }

    @Test func stockAndCatalogueAreLoadedAsAWholeOrNotAtAll() throws {
        let spool = try CommandSpool.withAcme()
        _ = try spool.write("productId,quantity\nPEN,5\n\"A, \"\"B\"\"\",7\n", to: "stock.csv")
        _ = try spool.write("productId,quantity\nPEN,9\nINK,many\nINK,-1\n", to: "bad.csv")
        _ = try spool.write("{\"productId\":\"CUP\",\"quantity\":3}\n{\"productId\":\"INK\",\"quantity\":\"4\"}\n", to: "stock.ndjson")
        _ = try spool.write("productId,name,price\nPEN,\"Pen, blue\",1.50\n", to: "products.csv")
        try spool.script(
            """
            $ orderd stock list
            no product has a stock row; orderd stock load FILE makes some
            $ orderd stock load FOLDER/stock.csv
            stock of 2 products set
            $ orderd stock load FOLDER/bad.csv
            orderd: FOLDER/bad.csv was not loaded, nothing of it:
            FOLDER/bad.csv:3: expected quantity, a whole number from 0 on, found "many"
            FOLDER/bad.csv:4: INK stands twice, first at FOLDER/bad.csv:3
            (exit 1)
            $ orderd stock load FOLDER/stock.ndjson
            stock of 2 products set
            $ orderd stock set PEN 6
            stock of 1 products set
            $ orderd stock list
            PRODUCT  ON HAND  RESERVED  AVAILABLE
            A, "B"         7         0          7
            CUP            3         0          3
            INK            4         0          4
            PEN            6         0          6
            $ orderd stock list --json
            {"version":1,"productId":"A, \\"B\\"","onHand":7,"reserved":0,"available":7}
            {"version":1,"productId":"CUP","onHand":3,"reserved":0,"available":3}
            {"version":1,"productId":"INK","onHand":4,"reserved":0,"available":4}
            {"version":1,"productId":"PEN","onHand":6,"reserved":0,"available":6}
            $ orderd catalogue load FOLDER/products.csv
            1 product loaded
            $ orderd catalogue load FOLDER/stock.csv
            orderd: FOLDER/stock.csv:1: expected a header with productId,name,price, found productId,quantity; nothing was loaded
            (exit 1)
            $ orderd catalogue load FOLDER/nowhere.csv
            orderd: FOLDER/nowhere.csv cannot be read: No such file or directory
            (exit 2)

            """)
    }

    @Test func pausesAreShownAndLifted() throws {
        let spool = try CommandSpool.withAcme()
        try spool.drop(SampleOrder.text("PO-1"), as: "first.json")
        try spool.drop("half", as: "second.json.part")
        try spool.script(
            """
            $ orderd resume
            nothing is paused
            $ orderd pause --intake --reason stocktaking
            intake is paused
            $ orderd pause --step charge --step packing --reason 'gateway is down'
            charge is paused
            orderd: there is no step packing; pause intake or one of: validate, reserve, charge, fulfil, notify
            (exit 1)
            $ orderd queue
            STAGE       T  5  10  20  40  80  160  320  640  1280  1280+
            TOTAL       0  0   0   0   0   0    0    0    0     0      0
            validate    0  0   0   0   0   0    0    0    0     0      0
            reserve     0  0   0   0   0   0    0    0    0     0      0
            charge      0  0   0   0   0   0    0    0    0     0      0
            fulfil      0  0   0   0   0   0    0    0    0     0      0
            notify      0  0   0   0   0   0    0    0    0     0      0
            compensate  0  0   0   0   0   0    0    0    0     0      0
            deferred    0  0   0   0   0   0    0    0    0     0      0
            hold        0  0   0   0   0   0    0    0    0     0      0
            failed      0  0   0   0   0   0    0    0    0     0      0
            paused: charge, since <time>, by <user>: gateway is down
            paused: intake, since <time>, by <user>: stocktaking
            waiting: 1 file (and 1 under temporary names) in partners/acme/orders/
            no daemon runs on this spool: orderd run --spool SPOOL
            $ orderd why first.json
            first.json: waits: intake is paused
              where    partners/acme/orders/first.json
              since    <time>
              because  intake is paused since <time>, by <user>: stocktaking
              until    intake goes on
              do       orderd resume --intake
            $ orderd resume
            charge goes on
            intake goes on
            $ orderd resume --intake
            orderd: intake is not paused
            (exit 1)

            """)
    }

    @Test func configurationIsShownAndChecked() throws {
        let spool = try CommandSpool()
        _ = try spool.write("intake:\n  settle: 2s\n  setle: 3s\n", to: "wrong.yaml")
        try spool.script(
            """
            $ orderd config show --changed --set retry.limit=3
            # file: FOLDER/orderd.yaml
            retry.limit: 3  # set
            $ orderd config show --changed --set retry.limit=3 --json
            {"version":1,"key":"retry.limit","value":"3","default":"8"}
            $ orderd config check
            the configuration is right: FOLDER/orderd.yaml
            $ orderd config check --config FOLDER/wrong.yaml
            orderd: FOLDER/wrong.yaml:3:3: intake.setle: unknown key; did you mean intake.settle?
            (exit 1)
            $ orderd list --config FOLDER/wrong.yaml
            orderd: FOLDER/wrong.yaml:3:3: intake.setle: unknown key; did you mean intake.settle?
            (exit 2)

            """)
        #expect(try spool.run("config", "document").out.hasPrefix("# Configuration\n"))
    }

    @Test(arguments: [
        ["list", "--status", "LOST"], ["list", "--limit", "0"], ["hold", "ord_00000000000000000000000000"], ["nonsense"],
        ["partner", "add", "ACME"], ["stock", "set", "PEN", "-1"], ["submit", "--partner", "acme", "--timeout", "soon", "x.json"],
        ["init"], ["run", "--json"],
    ])
    func wrongUsageEndsWith64(arguments: [String]) throws {
        let output = try CommandSpool().run(arguments + ["--config", "/dev/null"])
        #expect(output.code == 64, "\(output.err)")
        #expect(output.out.isEmpty)
        #expect(output.err.contains("Usage:"))
    }

    @Test func everyVerbTeaches() throws {
        let spool = try CommandSpool()
        let verbs = [
            ["init"], ["run"], ["partner"], ["partner", "add"], ["partner", "list"], ["partner", "show"], ["partner", "disable"],
            ["partner", "enable"], ["partner", "remove"], ["submit"], ["status"], ["list"], ["why"], ["queue"], ["top"], ["alerts"],
            ["hold"], ["release"],
            ["retry"], ["cancel"], ["pause"], ["resume"], ["stock"], ["stock", "set"], ["stock", "load"], ["stock", "list"],
            ["catalogue"], ["catalogue", "load"], ["check"], ["audit"], ["audit", "verify"], ["rebuild"], ["config"], ["config", "show"],
            ["config", "check"], ["config", "document"],
        ]
        for verb in verbs {
            let output = try spool.run(["help"] + verb)
            #expect(output.code == 0)
            #expect(
                output.out.contains("  orderd \(verb.joined(separator: " "))"),
                "orderd help \(verb.joined(separator: " ")) gives no example")
        }
        #expect(try spool.run("--version").out == "0.1.0\n")
        #expect(try spool.run("--generate-completion-script", "bash").out.contains("orderd"))
    }

    @Test func idsAreReadFromStandardInput() throws {
        let spool = try CommandSpool.withAcme()
        for number in 1...3 { try spool.drop(SampleOrder.free("PO-\(number)"), as: "\(number).json") }
        try spool.must("run", "--drain", "--set", "log.level=error")
        let held = try spool.must("list", "--status", "ON_HOLD", "--json")
        #expect(held.lines.count == 3)
        let released = try spool.run("release", "--reason", "all are samples", "--json", input: held.out)
        #expect(released.code == 0)
        #expect(released.objects.compactMap { $0["status"]?.text } == ["COMPLETED", "COMPLETED", "COMPLETED"])
        let listed = try spool.must("list").out
        #expect(try spool.run("status", "-", "--json", input: listed).objects.count == 3)
    }
}
