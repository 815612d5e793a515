"""What the figures of ./dev bench are compared with, measured in the same minutes.

PostgreSQL alone with the very statements of a checkout (pgbench), and Nginx alone with an answer
that never changes: behind a proxy, as a service's answers are, and from a file.
"""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator

import checkout_statements
import psycopg2
from free_port import free_port

# As the services' connections are set (shared/mercato/db/pool.cpp).
SESSION = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off"
TRANSACTIONS = 2000
ANSWER = '{"id":"0198","name":"Benchmark","price":{"amount":1999,"currency":"GBP"}}'

NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes {workers};
events {{ worker_connections 8192; }}
http {{
  access_log off; keepalive_requests 1000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream answers {{ server 127.0.0.1:{behind}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{front};
    location = /file {{ root {folder}; }}
    location = /refuse {{ return 503; }}
    location / {{
      proxy_pass http://answers; proxy_http_version 1.1; proxy_set_header Connection "";
    }}
  }}
  server {{
    listen 127.0.0.1:{behind}; default_type application/json;
    location / {{ return 200 '{answer}'; }}
  }}
}}
"""


def pgbench_program() -> str:
    found = shutil.which("pgbench")
    if found:
        return found
    return str(sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pgbench"))[-1])


def scripts(env: dict[str, str], products: list[str]) -> dict[str, str]:
    """By the name of the database that runs them."""
    connection = psycopg2.connect(env["ORDER_DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        # As a living process begins them; nobody takes up what is leased to it before it is done.
        cursor.execute("SELECT id FROM instance ORDER BY seen_at DESC LIMIT 1")
        instance = cursor.fetchone()[0]
        cursor.execute("SELECT user_id FROM orders LIMIT 1")
        user = cursor.fetchone()[0]
    connection.close()
    return {"order": checkout_statements.order_script(user, instance, products),
            "payment": checkout_statements.payment_script(user),
            "catalog": checkout_statements.catalog_script(products)}


def checkouts_by_pgbench(env: dict[str, str], products: list[str], clients: int,
                         cpu_ms: Callable[[str], float]) -> dict:
    """Checkouts a second and CPU-ms per checkout, if the databases did nothing else.

    The three databases take turns, so that each has the processors to itself: a checkout takes
    what its parts take together.
    """
    seconds = cpu = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for service, script in scripts(env, products).items():
            file = pathlib.Path(folder) / f"{service}.sql"
            file.write_text(script, encoding="utf-8")
            before = cpu_ms(f"{service}-db")
            result = subprocess.run(
                [pgbench_program(), "--no-vacuum", "--protocol=prepared", f"--client={clients}",
                 f"--transactions={TRANSACTIONS // clients}", f"--file={file}",
                 env[f"{service.upper()}_DATABASE_URL"]],
                env={**os.environ, "PGOPTIONS": SESSION}, check=True, capture_output=True,
                text=True)
            rate = re.search(r"tps = ([\d.]+) \(without", result.stdout)
            done = re.search(r"actually processed: (\d+)", result.stdout)
            if not rate or not done or int(done.group(1)) != TRANSACTIONS // clients * clients:
                raise SystemExit(f"pgbench failed: {result.stdout}\n{result.stderr}")
            seconds += 1 / float(rate.group(1))
            cpu += (cpu_ms(f"{service}-db") - before) / int(done.group(1))
    return {"rate": 1 / seconds, "cpu_ms": cpu}


@contextlib.contextmanager
def plain_nginx() -> Iterator[tuple[str, int]]:
    """Address and process of an Nginx of our own: `/` is a constant answer behind a proxy, `/file`
    a file, and `/refuse` refuses at once."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # its workers run as somebody else
        front, behind = free_port(), free_port()
        (pathlib.Path(folder) / "file").write_text(ANSWER, encoding="ascii")
        config = pathlib.Path(folder) / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, workers=os.cpu_count(), front=front,
                                       behind=behind, answer=ANSWER), encoding="ascii")
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        process = subprocess.Popen([nginx, "-p", folder, "-c", str(config)],
                                   stderr=subprocess.DEVNULL)
        try:
            while process.poll() is None:
                with contextlib.suppress(OSError), \
                        socket.create_connection(("127.0.0.1", front), timeout=1):
                    break
            yield f"http://127.0.0.1:{front}", process.pid
        finally:
            process.terminate()
            process.wait()
