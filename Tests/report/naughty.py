#!/usr/bin/env python3
"""Drops orders that have nasty strings in every field and in their files' names, and opens the report of them in Chromium.

  naughty.py --orderd PROGRAM [--strings blns.json] [--shots DIR] [--control]

Each string comes twice: in an order that waits for a person (a price of zero), which gets a page of its own, and in one that is completed, in a currency
of which ten products are listed, so that every string stands on the overview. No page may run a script, ask the network, have an element
or a handler that orderd does not write, or be wider than its window. With --control the report is made with templates that do not escape, which must
be noticed.

Needs what look.py needs.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from playwright.sync_api import sync_playwright

import look

OWN = ["<script>document.title='xss';window.xss=1</script>", "\"><img src=x onerror=window.xss=1>", "' onmouseover='window.xss=1", "<\u0338script>",
       "\"\u0301 onload=window.xss=1", "</title></svg></main></style><script>window.xss=1</script>", "{{{chart}}}", "W" * 150, "\u202egpj.exe", "Z" + "\u030d" * 100,
       "javascript:window.xss=1", "<svg/onload=window.xss=1>", "&lt;b&gt;", "-->", "]]>", "<![CDATA["]
CURRENCIES = """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR
FJD GBP GEL GHS GIP GMD GNF GTQ HKD HNL HUF IDR ILS INR ISK JMD JOD JPY KES KWD LKR MXN NOK NZD OMR PEN PHP PLN QAR RON SAR SEK SGD THB TND TRY UAH USD""".split()


def orders(index, text):
    held = {"customerId": text or "x", "orderReference": f"{text}", "country": text, "notes": text, "currency": CURRENCIES[index // 10],
            "items": [{"productId": text, "quantity": 1, "price": 0}], "totalAmount": 0}
    sold = held | {"orderReference": f"{index}{text}", "items": [{"productId": text, "quantity": 1, "price": 7}], "totalAmount": 7}
    return [held, sold]


def name(index, text):
    """The string as a file's name, as far as a name can be it."""
    plain = text.replace("/", "_").replace("\0", "_").encode("utf-8", "surrogatepass")[:120]
    return plain.decode("utf-8", "ignore") + f" {index}.json"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orderd", required=True)
    parser.add_argument("--strings", type=pathlib.Path, help="a JSON array of more strings: the big list of naughty strings")
    parser.add_argument("--shots", type=pathlib.Path)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--every", type=int, default=1, help="open only every so many of the orders' pages")
    parser.add_argument("--control", action="store_true")
    arguments = parser.parse_args()
    strings = OWN + (json.loads(arguments.strings.read_text()) if arguments.strings else [])
    faults, opened = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        spool = pathlib.Path(scratch) / "spool"

        def call(*words):
            done = subprocess.run([arguments.orderd, *words, "--spool", spool], capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(f"orderd {' '.join(map(str, words))} gave {done.returncode}: {done.stderr}")
            return done.stdout

        subprocess.run([arguments.orderd, "init", spool], check=True, capture_output=True)
        call("partner", "add", "acme")
        for index, text in enumerate(strings):
            (spool / "partners/acme/orders" / name(index, text)).write_text(json.dumps(orders(index, text)))
        call("run", "--drain", "--set", "log.level=error", "--set", "intake.resumeDeadline=1s")
        words = []
        if arguments.control:
            templates = pathlib.Path(scratch) / "templates"
            templates.mkdir()
            for template in (look.pathlib.Path(__file__).resolve().parents[2] / "etc/templates").glob("*.mustache"):
                text = template.read_text().replace("{{{", "{{").replace("}}}", "}}")
                for field in ("row", "reason", "message", "value", "reference", "product"):
                    text = text.replace("{{" + field + "}}", "{{{" + field + "}}}")
                text = text.replace("default-src 'none'; ", "").replace("{{chart}}", "{{{chart}}}")
                (templates / template.name).write_text(text)
            words = ["--set", f"report.templates={templates}"]
        call("report", *words)
        reports = spool / "reports"
        held = sorted((reports / "orders").glob("*.html"))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=arguments.chromium, args=["--no-sandbox"])
            for path in [reports / "index.html", reports / "partners/acme.html", *(reports / "days").glob("*.html"), *held[::arguments.every]]:
                for mode in ("desktop", "phone"):
                    opened += 1
                    whole = path.parent.name != "orders"
                    for fault in look.look(browser, path, mode, arguments.shots if whole else None, axe=whole):
                        faults.append(f"{path.relative_to(reports)} {mode}: {fault}")
            browser.close()
    for fault in faults[:40]:
        print(fault)
    print(f"{len(strings)} strings, {len(held)} orders that wait, {opened} pages opened, {len(faults)} faults")
    if arguments.control:
        sys.exit(0 if any("has run" in fault or "elements" in fault or "handlers" in fault for fault in faults) else 1)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
