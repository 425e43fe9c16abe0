"""A line to the SSH server that can be slow, stand still or break: a TCP relay that lets a set number of bytes through."""
import os, socket, threading, time


class Lane:
    """Listens on a port of its own; relays one connection after the other to `target`.

    Toward the server it lets `allowance` bytes through, then no more until `open()`: the client's writes block as on a line that is cut
    without a word. `cut()` drops what has not gone through, as a broken line does.
    """

    def __init__(self, target, allowance):
        self._target, self._left, self._ends = target, allowance, False
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(4)
        self.port = self._listener.getsockname()[1]
        self._condition = threading.Condition()
        self._connections = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def full(self):
        """Whether all that is let through has gone through."""
        with self._condition:
            return self._left == 0

    def open(self):
        """From now on everything passes."""
        with self._condition:
            self._left = None
            self._condition.notify_all()

    def cut(self):
        """Ends all connections, without what is still under way, and takes no more."""
        with self._condition:
            self._ends = True
            self._condition.notify_all()
        self._listener.close()
        for connection in self._connections:
            self._shut(connection)

    @staticmethod
    def _shut(connection):
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # ended already

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections += [client, server]
            threading.Thread(target=self._relay, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._relay, args=(server, client, False), daemon=True).start()

    def _relay(self, source, sink, counted):
        try:
            while True:
                data = source.recv(8192)
                if not data:
                    break
                while data:
                    count = self._take(len(data)) if counted else len(data)
                    if count is None:
                        return
                    sink.sendall(data[:count])
                    data = data[count:]
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # one of the two ended
        finally:
            # Closing would send nothing while the other thread waits for this very socket.
            if self._ends:
                self._shut(source)
                self._shut(sink)

    def _take(self, wanted):
        """How many bytes may go now; waits until some may. None where the line is cut."""
        with self._condition:
            while self._left == 0 and not self._ends:
                self._condition.wait()
            if self._ends:
                return None
            if self._left is None:
                return wanted
            count = min(wanted, self._left)
            self._left -= count
            return count
