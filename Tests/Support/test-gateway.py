#!/usr/bin/env python3
"""A payment gateway for tests: another process, which counts at its own side.

It listens on a Unix stream socket and speaks the protocol of docs/payment-gateway.md. Every request, and every charge and refund that it
performs, is a JSON line in its log; a key that is in the log as performed is never performed again, after a restart neither, and a repeat
is answered as the first request was. "ready" on standard output says that it listens. It ends when its standard input does, so that
nothing is left of it when a test dies.

The order's payment token says how a charge behaves:

    tok_ok, none, or any other   performs, answers done
    tok_declined                 performs nothing, answers declined
    tok_unavailable              performs nothing, answers unavailable, every time
    tok_late                     performs, answers after --late-ms: longer than the daemon's timeout
    tok_twice                    performs once, answers twice
    tok_never                    performs, does not answer; answers when asked again
    tok_drop                     performs, closes the connection; answers when asked again
    tok_crash-after              performs, kills the daemon (--kill-pid, else the process at the other end); answers when asked again
    tok_slow-N                   performs, answers after N milliseconds

Refunds and lookups are answered at once, with the same idempotency by key.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import struct
import sys


class Gateway:
    def __init__(self, options):
        self.options = options
        self.performed = {}
        self.asked = {}
        if os.path.exists(options.log):
            with open(options.log, encoding="utf-8") as lines:
                for line in lines:
                    self.remember(json.loads(line))
        self.log = open(options.log, "a", encoding="utf-8")

    def remember(self, entry):
        if entry["event"] == "performed":
            self.performed[entry["key"]] = entry["reference"]
        elif entry["event"] == "request":
            self.asked[entry["key"]] = self.asked.get(entry["key"], 0) + 1

    def note(self, **entry):
        self.remember(entry)
        self.log.write(json.dumps(entry) + "\n")
        self.log.flush()

    def perform(self, request):
        key = request["key"]
        if key not in self.performed:
            self.note(
                event="performed", verb=request["verb"], key=key, orderId=request["orderId"], amount=request["amount"],
                currency=request["currency"], digits=request["digits"], chargeKey=request.get("chargeKey"),
                reference="%s-%d" % (request["verb"], len(self.performed) + 1))
        return self.performed[key]

    async def serve(self, reader, writer):
        tasks = set()
        try:
            while line := await reader.readline():
                if not line.endswith(b"\n"):
                    break  # cut short: not a request
                task = asyncio.ensure_future(self.take(json.loads(line), writer))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        except ConnectionError:
            pass
        finally:
            for task in tasks:
                task.cancel()
            writer.close()

    async def take(self, request, writer):
        key, verb, token = request["key"], request["verb"], request.get("token") or ""
        is_repeat = self.asked.get(key, 0) > 0
        self.note(event="request", **{name: request.get(name) for name in ("verb", "request", "key", "orderId", "amount", "token")})
        if self.options.delay_ms:
            await asyncio.sleep(self.options.delay_ms / 1000)
        if verb == "lookup":
            known = self.performed.get(key)
            self.answer(writer, request, "done" if known else "not-found", reference=known)
            return
        if verb == "charge" and token == "tok_declined":
            self.answer(writer, request, "declined", reason="insufficient funds")
            return
        if verb == "charge" and token == "tok_unavailable":
            self.answer(writer, request, "unavailable", reason="the acquirer is down for maintenance")
            return
        reference = self.perform(request)
        if verb == "charge" and not is_repeat and not await self.behave(token, writer):
            return
        self.answer(writer, request, "done", reference=reference)
        if verb == "charge" and token == "tok_twice":
            self.answer(writer, request, "done", reference=reference)

    async def behave(self, token, writer):
        """What a first charge does after it was performed; false where it is not answered."""
        if token == "tok_late":
            await asyncio.sleep(self.options.late_ms / 1000)
        elif token.startswith("tok_slow-"):
            await asyncio.sleep(int(token[9:]) / 1000)
        elif token == "tok_never":
            return False
        elif token == "tok_drop":
            writer.close()
            return False
        elif token == "tok_crash-after":
            os.kill(self.options.kill_pid or peer(writer), signal.SIGKILL)
            return False
        return True

    def answer(self, writer, request, result, **parts):
        reply = {name: request.get(name) for name in ("key", "verb", "request")}
        reply["result"] = result
        reply.update({name: value for name, value in parts.items() if value is not None})
        if not writer.is_closing():
            writer.write(json.dumps(reply).encode() + b"\n")


def peer(writer):
    """The process at the other end, as the kernel noted it when the connection was made."""
    credentials = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return struct.unpack("3i", credentials)[0]


async def main(options):
    if os.path.exists(options.socket):
        os.unlink(options.socket)
    gateway = Gateway(options)
    server = await asyncio.start_unix_server(gateway.serve, options.socket)
    os.write(1, b"ready\n")  # in one piece, which print does not promise
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), lambda: sys.stdin.buffer.raw.read(64) or ended.set())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    server.close()
    os.unlink(options.socket)
    # Not wait_closed: it waits for connections that the other side keeps open.
    os._exit(0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--socket", required=True, help="the Unix socket to listen on; replaced where it is there")
    parser.add_argument("--log", required=True, help="the log, JSON lines; read at the start, then appended to")
    parser.add_argument("--delay-ms", type=int, default=0, help="before every answer")
    parser.add_argument("--late-ms", type=int, default=1000, help="before the answer to a charge with tok_late")
    parser.add_argument("--kill-pid", type=int, default=0, help="what tok_crash-after kills; else the process at the other end")
    asyncio.run(main(parser.parse_args()))
