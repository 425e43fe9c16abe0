"""A real sshd for the partners of a `World`: chroot, internal-sftp, key login, on loopback."""
import os, shutil, subprocess

from . import world

HOST, PORT = "127.0.0.1", 2222


class Server:
    """Made of the installed OpenSSH server. Keys of partners lie in `keys`, one of each kind, for not every client knows every kind."""

    def __init__(self, port=PORT):
        self.port = port
        self.keys, etc = world.ROOT + "/keys", world.ROOT + "/etc/ssh"
        os.makedirs(etc)
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        os.makedirs(self.keys)
        for kind in ("ed25519", "ecdsa", "rsa"):
            world.run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", f"{etc}/host_{kind}")
            world.run("ssh-keygen", "-q", "-t", kind, "-m", "PEM", "-N", "", "-C", "partner", "-f", f"{self.keys}/{kind}")
        public = "".join(open(f"{self.keys}/{kind}.pub").read() for kind in ("ed25519", "ecdsa", "rsa"))
        for partner in world.PARTNERS:
            with open(f"{etc}/{partner}.keys", "w") as file:
                file.write(public)
            os.chmod(f"{etc}/{partner}.keys", 0o644)
        with open(etc + "/sshd_config", "w") as file:
            file.write(f"""\
Port {port}
ListenAddress 127.0.0.1
HostKey {etc}/host_ed25519
HostKey {etc}/host_ecdsa
HostKey {etc}/host_rsa
PidFile none
UsePAM no
UseDNS no
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile {etc}/%u.keys
MaxStartups 100
Subsystem sftp internal-sftp
AllowUsers {' '.join(world.PARTNERS)}
Match User {','.join(world.PARTNERS)}
    ChrootDirectory {world.SPOOL}/partners/%u
    ForceCommand internal-sftp -u 0007 -l INFO
    AllowTcpForwarding no
    X11Forwarding no
""")
        with open(world.ROOT + "/known_hosts", "w") as file:
            for kind in ("ed25519", "ecdsa", "rsa"):
                words = open(f"{etc}/host_{kind}.pub").read().split()
                file.write(f"[127.0.0.1]:* {words[0]} {words[1]}\n")
        program = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
        world.run(program, "-t", "-f", etc + "/sshd_config")
        log = open(world.ROOT + "/sshd.log", "ab")
        self.process = subprocess.Popen([program, "-D", "-e", "-f", etc + "/sshd_config"], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        if not world.wait(lambda: self._listens(), 10):
            raise world.CannotRun("sshd does not listen: " + open(world.ROOT + "/sshd.log").read())

    def _listens(self):
        import socket
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait()
