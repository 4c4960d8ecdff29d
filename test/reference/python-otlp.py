"""Makes python-otlp.json: the very bytes that OpenTelemetry's Python SDK sends when examples/python/decide.py decides.

    python -m venv .venv && .venv/bin/pip install -r examples/python/requirements.txt
    .venv/bin/python test/reference/python-otlp.py > test/reference/python-otlp.json
"""

import base64
import http.server
import json
import os
import platform
import runpy
import threading
from importlib.metadata import version

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
requests = []


class Recorder(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        kept = {name: headers[name] for name in ("content-type", "content-encoding", "user-agent") if name in headers}
        requests.append({"path": self.path, "headers": kept, "body": base64.b64encode(body).decode()})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"")

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Recorder)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"
os.environ["OTEL_EXPORTER_OTLP_COMPRESSION"] = "gzip"
os.environ["OTEL_SERVICE_NAME"] = "flights-py"
import contextlib
import io

with contextlib.redirect_stdout(io.StringIO()):
    runpy.run_path(os.path.join(ROOT, "examples", "python", "decide.py"), run_name="__main__")
server.shutdown()
made_by = {
    "python": platform.python_version(),
    **{name: version(name) for name in ("opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http")},
}
print(json.dumps({"madeBy": made_by, "requests": requests}, indent=2))
