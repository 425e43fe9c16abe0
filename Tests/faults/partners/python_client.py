"""Uploads with a Python library as a partner's script does: python_client.py LIBRARY ACTION PORT USER KEY KNOWN_HOSTS LOCAL REMOTE [SECOND]

Actions are those of clients.py. Any exception is an error at the client, and ends it with its traceback and exit code 1.
"""
import asyncio, os, sys, time, warnings

warnings.filterwarnings("ignore")
library, action, port, user, key, known, local, remote = sys.argv[1:9]
second = sys.argv[9] if len(sys.argv) > 9 else None
ROUND_TRIP = 0.3  # seconds between what is done after each other, as on a slow line
temporary = os.path.join(os.path.dirname(remote), "." + os.path.basename(remote) + ".part")


def with_paramiko():
    import paramiko

    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect("127.0.0.1", int(port), user, key_filename=key, allow_agent=False, look_for_keys=False)
    sftp = client.open_sftp()
    if action in ("rename-posix", "rename-old"):
        sftp.put(local, temporary)
        (sftp.posix_rename if action == "rename-posix" else sftp.rename)(temporary, remote)
    elif action == "resume":
        try:
            done = sftp.stat(remote).st_size
        except FileNotFoundError:
            done = 0
        with open(local, "rb") as source, sftp.open(remote, "ab") as sink:
            source.seek(done)
            sink.write(source.read())
    else:
        sftp.put(local, remote)  # which stats the name at the end, to compare sizes
        if action in ("times", "chmod"):
            time.sleep(ROUND_TRIP)
        if action == "times":
            sftp.utime(remote, (os.stat(local).st_atime, os.stat(local).st_mtime))
        if action == "chmod":
            sftp.chmod(remote, 0o644)
        if action == "overwrite":
            sftp.put(second, remote)
    client.close()


async def with_asyncssh():
    import asyncssh

    # Compressed, half of the bytes would be the whole file.
    options = dict(username=user, client_keys=[key], known_hosts=None, compression_algs=["none"])
    async with asyncssh.connect("127.0.0.1", int(port), **options) as connection:
        async with connection.start_sftp_client() as sftp:
            if action in ("rename-posix", "rename-old"):
                await sftp.put(local, temporary)
                await (sftp.posix_rename if action == "rename-posix" else sftp.rename)(temporary, remote)
            elif action == "resume":
                done = (await sftp.stat(remote)).size if await sftp.exists(remote) else 0
                with open(local, "rb") as source:
                    source.seek(done)
                    async with sftp.open(remote, "ab") as sink:
                        await sink.write(source.read())
            else:
                await sftp.put(local, remote, preserve=action == "times")
                if action == "chmod":
                    await asyncio.sleep(ROUND_TRIP)
                    await sftp.chmod(remote, 0o644)
                if action == "overwrite":
                    await sftp.put(second, remote)


if library == "paramiko":
    with_paramiko()
else:
    asyncio.run(with_asyncssh())
