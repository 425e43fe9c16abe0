#!/usr/bin/env python3
"""Opens the pages of a report in Debian's Chromium, as people do, and looks for what is wrong with them.

  look.py REPORTS [--shots DIR] [--json]

REPORTS is a spool's directory reports/. Every kind of page is opened from the file system on a desktop, a phone, in the dark and as it is printed.
Each must stay within its width, ask the network for nothing, run no script, and be without a serious fault by axe. With --shots the
screenshots are kept, to be looked at by a person.

Needs chromium (Debian), and playwright and axe-playwright-python (PyPI).
"""

import argparse
import json
import pathlib
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

MODES = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "print": {"viewport": {"width": 794, "height": 1123}},
}


def pages(reports):
    """One page of each kind, and all orders' where these are few."""
    found = [reports / "index.html"]
    for kind, most in (("days", 2), ("partners", 2), ("orders", 3)):
        found += sorted((reports / kind).glob("*.html"))[-most:]
    return found


def keyboard(page):
    """The first stop of the tab key is the way past the head; every stop can be seen."""
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.className")
    return [] if first == "skip" else [f"the first stop of the tab key is {first!r}, not the link to the report"]


def look(browser, path, mode, shots=None, axe=True):
    faults = []
    context = browser.new_context(**MODES[mode])
    # A busy machine takes its time.
    context.set_default_timeout(300_000)
    context.set_offline(True)
    page = context.new_page()
    if mode == "print":
        page.emulate_media(media="print")
    page.on("request", lambda request: None if request.url.startswith("file:") else faults.append(f"asks for {request.url}"))
    page.on("dialog", lambda dialog: (faults.append(f"opens a dialog: {dialog.message}"), dialog.dismiss()))
    page.on("console", lambda message: faults.append(f"says {message.text}") if message.type == "error" else None)
    page.goto(path.resolve().as_uri())
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        culprits = page.evaluate("""[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right >
            document.documentElement.clientWidth + 1 && !e.closest('.scroll')).slice(0, 3).map(e => e.outerHTML.slice(0, 120))""")
        faults.append(f"is {wide} pixels too wide: {culprits}")
    if mode == "phone":
        cut = page.evaluate("""[...document.querySelectorAll('.scroll .tag')].filter(e => e.getBoundingClientRect().right >
            e.closest('.scroll').getBoundingClientRect().right + 1).map(e => e.textContent)""")
        if cut:
            faults.append(f"cuts {len(cut)} verdicts or reasons off: {cut[:3]}")
    scripts = page.evaluate("document.querySelectorAll('script, iframe, object, embed, img, link, base, form, input').length")
    if scripts:
        faults.append(f"has {scripts} elements that no page of orderd has")
    if page.evaluate("Object.keys(window).some(name => /xss|pwn|injected/i.test(name))"):
        faults.append("a script has run")
    handlers = page.evaluate("[...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).length")
    if handlers:
        faults.append(f"has {handlers} event handlers")
    if shots:
        name = f"{path.parent.name}-{path.stem}-{mode}" if path.name != "index.html" else f"index-{mode}"
        page.screenshot(path=str(shots / f"{name}.png"), full_page=True)
        if mode == "print":
            page.pdf(path=str(shots / f"{name}.pdf"), format="A4")
    if mode == "desktop":
        faults += keyboard(page)
    counts = {}
    if axe and mode != "print":
        for violation in Axe().run(page).response["violations"]:
            counts[violation["impact"]] = counts.get(violation["impact"], 0) + 1
            nodes = [node["html"][:110] for node in violation["nodes"][:2]]
            text = f"axe, {violation['impact']}: {violation['id']}: {violation['help']} {nodes}"
            if violation["impact"] in ("serious", "critical"):
                faults.append(text)
            else:
                print(f"note: {path.name} {mode}: {text}", file=sys.stderr)
    context.close()
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", type=pathlib.Path)
    parser.add_argument("--shots", type=pathlib.Path, help="keep screenshots there")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.shots:
        arguments.shots.mkdir(parents=True, exist_ok=True)
    found, opened = {}, 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=["--no-sandbox"])
        for path in pages(arguments.reports):
            for mode in MODES:
                opened += 1
                if faults := look(browser, path, mode, arguments.shots):
                    found[f"{path.relative_to(arguments.reports)} {mode}"] = faults
        browser.close()
    if arguments.json:
        print(json.dumps({"opened": opened, "faults": found}, indent=1))
    else:
        for place, faults in found.items():
            for fault in faults:
                print(f"{place}: {fault}")
        print(f"{opened} pages opened, {sum(map(len, found.values()))} faults")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
