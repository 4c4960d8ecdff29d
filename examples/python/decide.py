"""A service that decides, with OpenTelemetry's own SDK and nothing of Leeway's.

    pip install -r requirements.txt
    OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 OTEL_SERVICE_NAME=flights-py python decide.py
"""

import json
import os
import urllib.request

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

# Name, address, headers and compression come from the OTEL_* environment variables.
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = provider.get_tracer("flights")

DECISION = "leeway.decision."


def hold_the_gate(flight: str, distance: float, carrier: str, wind: float | None) -> str:
    """Decides, and says so: the span's start and end are the decision's time and latency."""
    with tracer.start_as_current_span("hold the gate?") as span:
        score = min(1.0, 0.2 + distance / 5_000)
        value = "hold" if score >= 0.5 else "go"
        span.set_attribute(DECISION + "id", flight)
        span.set_attribute(DECISION + "value", value)
        span.set_attribute(DECISION + "model.version", "v3")
        span.set_attribute(DECISION + "policy.version", "2026-11")
        span.set_attribute(DECISION + "score", score)
        span.set_attribute(DECISION + "feature.distance", distance)
        span.set_attribute(DECISION + "feature.carrier", carrier)
        if wind is None:
            span.set_attribute(DECISION + "features.missing", ["wind"])
        else:
            span.set_attribute(DECISION + "feature.wind", wind)
        span.set_attribute(DECISION + "segment.hub", "ORD")
        return value


def tell_outcome(flight: str, label: str, at: str) -> None:
    """What turned out true, hours later: one line of JSON."""
    endpoint = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    service = os.environ.get("OTEL_SERVICE_NAME", "flights-py")
    outcome = {"decisionId": flight, "system": service, "time": at, "value": label}
    request = urllib.request.Request(
        endpoint + "/v1/outcomes",
        data=json.dumps(outcome).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        print("outcome:", answer.read().decode())


if __name__ == "__main__":
    print("py-1:", hold_the_gate("py-1", distance=2_400, carrier="UA", wind=12.5))
    print("py-2:", hold_the_gate("py-2", distance=310, carrier="AA", wind=None))
    provider.shutdown()  # sends what waits
    tell_outcome("py-1", "late", "2026-03-01T12:00:00Z")
